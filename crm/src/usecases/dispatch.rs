//! Which use case performs which command, and several commands one after the other. Whether they
//! may is asked before, in `perform`.

use std::future::Future;

use super::{Done, Performing, Work};
use crate::commands::{Command, CreateRecord, Several};
use crate::errors::Result;

/// A use case at work, on the heap. It is made in here, so that no stack ever holds all of them.
fn boxed<'b, F>(make: impl FnOnce() -> F) -> Performing<'b>
where
    F: Future<Output = Result<Done>> + Send + 'b,
{
    Box::pin(make())
}

impl<'a> Work<'a> {
    /// The use case of a command. A new command does not compile until it has one.
    pub(super) fn dispatch(&mut self, command: Command) -> Performing<'_> {
        match command {
            Command::CreateSpace(input) => boxed(move || self.create_space(input)),
            Command::CreateBlueprint(input) => boxed(move || self.create_blueprint(input)),
            Command::ChangeBlueprint(input) => boxed(move || self.change_blueprint(input)),
            Command::DeleteBlueprint(input) => boxed(move || self.delete_blueprint(input)),
            Command::RestoreBlueprint(input) => boxed(move || self.restore_blueprint(input)),
            Command::MigrateRecords(input) => boxed(move || self.migrate_records(input)),
            Command::PurgeTrash(input) => boxed(move || self.purge_trash(input)),
            Command::WorkOnJob(input) => boxed(move || self.work_on_job(input)),
            Command::CancelJob(input) => boxed(move || self.cancel_job(input)),
            Command::ReadSensitive(input) => boxed(move || self.read_sensitive(input)),
            Command::ReadSensitiveOf(input) => boxed(move || self.read_sensitive_of(input)),
            Command::BeginImport(input) => boxed(move || self.begin_import(input)),
            Command::AddImportChunk(input) => boxed(move || self.add_import_chunk(input)),
            Command::FinishUpload(input) => boxed(move || self.finish_upload(input)),
            Command::StartImport(input) => boxed(move || self.start_import(input)),
            Command::CancelImport(input) => boxed(move || self.cancel_import(input)),
            Command::RevertImport(input) => boxed(move || self.revert_import(input)),
            Command::ExportRecords(input) => boxed(move || self.export_records(input)),
            Command::AddMember(input) => boxed(move || self.add_member(input)),
            Command::SetRole(input) => boxed(move || self.set_role(input)),
            Command::IssueApiToken(input) => boxed(move || self.issue_api_token(input)),
            Command::CreateRecord(input) => boxed(move || self.create_one(input)),
            Command::CreateLinked(input) => boxed(move || self.create_linked(input)),
            Command::UpdateRecord(input) => boxed(move || self.update_record(input)),
            Command::MoveRecord(input) => boxed(move || self.move_record(input)),
            Command::PutBack(input) => boxed(move || self.put_back(input)),
            Command::CreatePipeline(input) => boxed(move || self.create_pipeline(input)),
            Command::ChangePipeline(input) => boxed(move || self.change_pipeline(input)),
            Command::DeletePipeline(input) => boxed(move || self.delete_pipeline(input)),
            Command::AddStage(input) => boxed(move || self.add_stage(input)),
            Command::ChangeStage(input) => boxed(move || self.change_stage(input)),
            Command::DeleteStage(input) => boxed(move || self.delete_stage(input)),
            Command::PutBackPipeline(input) => boxed(move || self.put_back_pipeline(input)),
            Command::SetRate(input) => boxed(move || self.set_rate(input)),
            Command::SetBaseCurrency(input) => boxed(move || self.set_base_currency(input)),
            Command::AssignRecord(input) => boxed(move || self.assign_record(input)),
            Command::ClaimRecord(input) => boxed(move || self.claim_record(input)),
            Command::TrashRecord(input) => boxed(move || self.trash_record(input)),
            Command::RestoreRecord(input) => boxed(move || self.restore_record(input)),
            Command::MergeRecords(input) => boxed(move || self.merge_records(input)),
            Command::AskToMerge(input) => boxed(move || self.ask_to_merge(input)),
            Command::UnmergeRecords(input) => boxed(move || self.unmerge_records(input)),
            Command::FindDuplicates(input) => boxed(move || self.find_duplicates(input)),
            Command::SuggestDuplicates(input) => boxed(move || self.suggest_duplicates(input)),
            Command::DecideDuplicate(input) => boxed(move || self.decide_duplicate(input)),
            Command::AddIdentity(input) => boxed(move || self.add_identity(input)),
            Command::ChangeIdentity(input) => boxed(move || self.change_identity(input)),
            Command::PutBackIdentities(input) => boxed(move || self.put_back_identities(input)),
            Command::RemoveIdentity(input) => boxed(move || self.remove_identity(input)),
            Command::LinkRecords(input) => boxed(move || self.link_records(input)),
            Command::ChangeLink(input) => boxed(move || self.change_link(input)),
            Command::UnlinkRecords(input) => boxed(move || self.unlink_records(input)),
            Command::ChangeMany(input) => boxed(move || self.change_many(input)),
            Command::TakeBackMany(input) => boxed(move || self.take_back_many(input)),
            Command::AddNote(input) => boxed(move || self.add_note(input)),
            Command::ChangeNote(input) => boxed(move || self.change_note(input)),
            Command::WithdrawNote(input) => boxed(move || self.withdraw_note(input)),
            Command::LogActivity(input) => boxed(move || self.log_activity(input)),
            Command::WithdrawActivity(input) => boxed(move || self.withdraw_activity(input)),
            Command::AddTask(input) => boxed(move || self.add_asked_task(input)),
            Command::ChangeTask(input) => boxed(move || self.change_task(input)),
            Command::AssignTask(input) => boxed(move || self.assign_task(input)),
            Command::ClaimTask(input) => boxed(move || self.claim_task(input)),
            Command::SnoozeTask(input) => boxed(move || self.snooze_task(input)),
            Command::SetTask(input) => boxed(move || self.set_task(input)),
            Command::RemindOfTask(input) => boxed(move || self.remind_of_task(input)),
            Command::Notify(input) => boxed(move || self.notify(input)),
            Command::LogMessage(input) => boxed(move || self.log_message(input)),
            Command::EditMessage(input) => boxed(move || self.edit_message(input)),
            Command::DeleteMessage(input) => boxed(move || self.delete_message(input)),
            Command::ShowCard(input) => boxed(move || self.show_card(input)),
            Command::AskWhichOne(input) => boxed(move || self.ask_which_one(input)),
            Command::Say(input) => boxed(move || async move { Ok(Done::said(input.text)) }),
            Command::PressChoice(input) => boxed(move || self.press_choice(input)),
            Command::SetPlaceLevel(input) => boxed(move || self.set_place_level(input)),
            Command::ProposeRecords(input) => boxed(move || self.propose_records(input)),
            Command::ImproveProposal(input) => boxed(move || self.improve_proposal(input)),
            Command::AcceptProposal(input) => boxed(move || self.accept_proposal(input)),
            Command::DiscardProposal(input) => boxed(move || self.discard_proposal(input)),
            Command::ReopenProposal(input) => boxed(move || self.reopen_proposal(input)),
            Command::MarkWrong(input) => boxed(move || self.mark_wrong(input)),
            Command::MarkRight(input) => boxed(move || self.mark_right(input)),
            Command::IssueBindCode(input) => boxed(move || self.issue_bind_code(input)),
            Command::BindPlace(input) => boxed(move || self.bind_place(input)),
            Command::OpenRoom(input) => boxed(move || self.open_room(input)),
            Command::UnbindPlace(input) => boxed(move || self.unbind_place(input)),
            Command::AskToLink(input) => boxed(move || self.ask_to_link(input)),
            Command::ConfirmLink(input) => boxed(move || self.confirm_link(input)),
            Command::Unlink(input) => boxed(move || self.unlink(input)),
            Command::CreateTag(input) => boxed(move || self.create_tag(input)),
            Command::ChangeTag(input) => boxed(move || self.change_tag(input)),
            Command::DeleteTag(input) => boxed(move || self.delete_tag(input)),
            Command::MergeTags(input) => boxed(move || self.merge_tags(input)),
            Command::TagRecords(input) => boxed(move || self.tag_records(input)),
            Command::UntagRecords(input) => boxed(move || self.untag_records(input)),
            Command::DropUnusedTag(input) => boxed(move || self.drop_unused_tag(input)),
            Command::BringTagBack(input) => boxed(move || self.bring_tag_back(input)),
            Command::CreateSegment(input) => boxed(move || self.create_segment(input)),
            Command::ChangeSegment(input) => boxed(move || self.change_segment(input)),
            Command::DeleteSegment(input) => boxed(move || self.delete_segment(input)),
            Command::BringSegmentBack(input) => boxed(move || self.bring_segment_back(input)),
            Command::JoinSegment(input) => boxed(move || self.join_segment(input)),
            Command::LeaveSegment(input) => boxed(move || self.leave_segment(input)),
            Command::FollowClock(input) => boxed(move || self.follow_clock(input)),
            Command::CreateView(input) => boxed(move || self.create_view(input)),
            Command::ChangeView(input) => boxed(move || self.change_view(input)),
            Command::DeleteView(input) => boxed(move || self.delete_view(input)),
            Command::PutBackView(input) => boxed(move || self.put_back_view(input)),
            Command::SetDefaultView(input) => boxed(move || self.set_default_view(input)),
            Command::ChangeThroughView(input) => boxed(move || self.change_through_view(input)),
            Command::CreateProduct(input) => boxed(move || self.create_product(input)),
            Command::ChangeProduct(input) => boxed(move || self.change_product(input)),
            Command::CreateCriterion(input) => boxed(move || self.create_criterion(input)),
            Command::ChangeCriterion(input) => boxed(move || self.change_criterion(input)),
            Command::PutBackProduct(input) => boxed(move || self.put_back_product(input)),
            Command::PutBackCriterion(input) => boxed(move || self.put_back_criterion(input)),
            Command::PostLeads(input) => boxed(move || self.post_leads(input)),
            Command::AssessRecord(input) => boxed(move || self.assess_record(input)),
            Command::TakeBackAssessment(input) => boxed(move || self.take_back_assessment(input)),
            Command::MakeLead(input) => boxed(move || self.make_lead(input)),
            Command::AcceptLead(input) => boxed(move || self.accept_lead(input)),
            Command::RejectLead(input) => boxed(move || self.reject_lead(input)),
            Command::AssignLead(input) => boxed(move || self.assign_lead(input)),
            Command::SnoozeLead(input) => boxed(move || self.snooze_lead(input)),
            Command::AskOfLead(input) => boxed(move || self.ask_of_lead(input)),
            Command::PutBackLead(input) => boxed(move || self.put_back_lead(input)),
            Command::ReceiveMail(input) => boxed(move || self.receive_mail(input)),
            Command::HoldMessage(input) => boxed(move || self.hold_message(input)),
            Command::ReleaseHeld(input) => boxed(move || self.release_held(input)),
            Command::DiscardHeld(input) => boxed(move || self.discard_held(input)),
            Command::PutBackHeld(input) => boxed(move || self.put_back_held(input)),
            Command::ShowHeld(input) => boxed(move || self.show_held(input)),
            Command::JudgeSender(input) => boxed(move || self.judge_sender(input)),
            Command::PostMails(input) => boxed(move || self.post_mails(input)),
            Command::TieRoom(input) => boxed(move || self.tie_room(input)),
            Command::UntieRoom(input) => boxed(move || self.untie_room(input)),
            Command::SendMessage(input) => boxed(move || self.send_message(input)),
            Command::TakeAnswer(input) => boxed(move || self.take_answer(input)),
            Command::NoteUndelivered(input) => boxed(move || self.note_undelivered(input)),
            Command::Undo(input) => boxed(move || self.undo(input)),
            Command::Several(input) => boxed(move || self.several(input)),
        }
    }

    async fn create_one(&mut self, input: CreateRecord) -> Result<Done> {
        self.create_record(input).await.map(|(_, done)| done)
    }

    async fn several(&mut self, input: Several) -> Result<Done> {
        let mut all = Done::default();
        for command in input.commands {
            let done = self.perform(command).await?;
            if !done.said.is_empty() {
                if !all.said.is_empty() {
                    all.said.push('\n');
                }
                all.said.push_str(&done.said);
            }
            all.records.extend(done.records);
            if !done.data.is_null() {
                all.data = done.data;
            }
        }
        Ok(all)
    }
}
