//! Who may do what: one pure table, asked inside the transaction of every command.
//! Owners and administrators change everything; members read everything and change what is
//! theirs or nobody's; viewers and guests read.

use crate::commands::Command;
use crate::errors::Refusal;
use crate::flows::Flow;
use crate::ids::MemberId;
use crate::tenants::Role;

/// What a command does, as far as permission is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Look at something.
    Read,
    /// Make a record.
    Create,
    /// Add a note, a task or a capture, which takes nothing from anybody.
    Contribute,
    /// Change a record.
    Change,
    /// Look at sensitive values, which is noted.
    ReadSensitive,
    /// Take an unclaimed record, or give one's own away.
    Assign,
    /// Change how loud a place is.
    TunePlace,
    /// Change a pipeline and its stages.
    ShapePipeline,
    /// Make a segment, or change one.
    ShapeSegment,
    /// Keep views of one's own.
    KeepViews,
    /// Members, spaces, bindings: how the tenant is set up.
    Administer,
    /// Link or unlink one's own chat account.
    OwnAccount,
    /// What Tieline does by itself.
    Internal,
}

/// How the record stands to whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Theirs.
    Own,
    /// Nobody's.
    Unclaimed,
    /// Somebody else's.
    Other,
    /// No record is concerned.
    None,
}

/// In which part an actor asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// As a member with this role.
    Member(Role),
    /// As somebody in a place who is no member.
    Guest,
    /// Tieline itself.
    System,
}

/// Whether this may be.
pub fn allowed(part: Part, action: Action, relation: Relation) -> bool {
    let role = match part {
        Part::System => return true,
        Part::Guest => return action == Action::Read,
        Part::Member(role) => role,
    };
    match action {
        Action::Read | Action::OwnAccount | Action::KeepViews => true,
        Action::Internal => false,
        Action::Create | Action::Contribute | Action::TunePlace => role >= Role::Member,
        Action::Change | Action::Assign => {
            role >= Role::Admin || (role == Role::Member && relation != Relation::Other)
        }
        Action::ShapePipeline | Action::ShapeSegment => {
            role >= Role::Admin || (role == Role::Member && relation == Relation::Own)
        }
        Action::ReadSensitive => role >= Role::Admin || relation == Relation::Own,
        Action::Administer => role >= Role::Admin,
    }
}

/// Whether this may be in some case, before it is known whose the thing is.
pub fn possible(part: Part, action: Action) -> bool {
    [Relation::Own, Relation::Unclaimed].iter().any(|relation| allowed(part, action, *relation))
}

/// Whether records may be taken into, through and out of this flow.
pub fn may_use(part: Part, member: Option<&MemberId>, flow: &Flow) -> bool {
    match part {
        Part::System | Part::Member(Role::Admin | Role::Owner) => true,
        Part::Member(_) | Part::Guest => flow.is_shared_with(member),
    }
}

/// What a command does. A new command does not compile until it is told here.
pub fn action(command: &Command) -> Action {
    match command {
        Command::CreateSpace(_)
        | Command::CreateBlueprint(_)
        | Command::ChangeBlueprint(_)
        | Command::DeleteBlueprint(_)
        | Command::RestoreBlueprint(_)
        | Command::MigrateRecords(_)
        | Command::PurgeTrash(_)
        | Command::CancelJob(_)
        | Command::AddMember(_)
        | Command::SetRole(_)
        | Command::CreatePipeline(_)
        | Command::SetRate(_)
        | Command::SetBaseCurrency(_)
        | Command::CreateProduct(_)
        | Command::ChangeProduct(_)
        | Command::CreateCriterion(_)
        | Command::ChangeCriterion(_)
        | Command::PutBackProduct(_)
        | Command::PutBackCriterion(_)
        | Command::PostLeads(_)
        | Command::JudgeSender(_)
        | Command::PostMails(_)
        | Command::IssueBindCode(_)
        | Command::BindPlace(_)
        | Command::OpenRoom(_)
        | Command::UnbindPlace(_)
        | Command::ChangeTag(_)
        | Command::DeleteTag(_)
        | Command::BringTagBack(_)
        | Command::MergeTags(_) => Action::Administer,
        // Each row asks again, for its record.
        Command::CreateRecord(_)
        | Command::CreateLinked(_)
        | Command::CreateTag(_)
        | Command::BeginImport(_)
        | Command::AddImportChunk(_)
        | Command::FinishUpload(_)
        | Command::StartImport(_)
        | Command::CancelImport(_)
        | Command::RevertImport(_) => Action::Create,
        Command::UpdateRecord(_)
        | Command::MoveRecord(_)
        | Command::PutBack(_)
        | Command::TrashRecord(_)
        | Command::RestoreRecord(_)
        | Command::MarkWrong(_)
        | Command::MarkRight(_)
        | Command::MergeRecords(_)
        | Command::AskToMerge(_)
        | Command::UnmergeRecords(_)
        | Command::DecideDuplicate(_)
        | Command::AddIdentity(_)
        | Command::ChangeIdentity(_)
        | Command::PutBackIdentities(_)
        | Command::RemoveIdentity(_)
        | Command::LinkRecords(_)
        | Command::TagRecords(_)
        | Command::UntagRecords(_)
        | Command::JoinSegment(_)
        | Command::LeaveSegment(_)
        | Command::ChangeThroughView(_) => Action::Change,
        Command::CreateSegment(_)
        | Command::ChangeSegment(_)
        | Command::DeleteSegment(_)
        | Command::BringSegmentBack(_) => Action::ShapeSegment,
        Command::CreateView(_)
        | Command::ChangeView(_)
        | Command::DeleteView(_)
        | Command::PutBackView(_)
        | Command::SetDefaultView(_) => Action::KeepViews,
        Command::AcceptLead(_)
        | Command::RejectLead(_)
        | Command::AssignLead(_)
        | Command::SnoozeLead(_)
        | Command::AskOfLead(_)
        | Command::PutBackLead(_) => Action::Change,
        Command::ChangeLink(_)
        | Command::UnlinkRecords(_)
        | Command::ChangeMany(_)
        | Command::TakeBackMany(_)
        | Command::ChangeTask(_)
        | Command::SnoozeTask(_)
        | Command::SetTask(_) => Action::Change,
        Command::ChangePipeline(_)
        | Command::DeletePipeline(_)
        | Command::AddStage(_)
        | Command::ChangeStage(_)
        | Command::DeleteStage(_)
        | Command::PutBackPipeline(_) => Action::ShapePipeline,
        Command::AssignRecord(_)
        | Command::ClaimRecord(_)
        | Command::AssignTask(_)
        | Command::ClaimTask(_) => Action::Assign,
        Command::AddNote(_)
        | Command::ChangeNote(_)
        | Command::WithdrawNote(_)
        | Command::LogActivity(_)
        | Command::WithdrawActivity(_)
        | Command::AddTask(_)
        | Command::ProposeRecords(_)
        | Command::AcceptProposal(_)
        | Command::DiscardProposal(_)
        | Command::ReopenProposal(_)
        | Command::HoldMessage(_)
        | Command::ReleaseHeld(_)
        | Command::DiscardHeld(_)
        | Command::PutBackHeld(_)
        | Command::DropUnusedTag(_)
        | Command::AssessRecord(_)
        | Command::TakeBackAssessment(_)
        | Command::MakeLead(_)
        | Command::FindDuplicates(_)
        | Command::SendMessage(_)
        | Command::TieRoom(_)
        | Command::UntieRoom(_)
        | Command::Undo(_) => Action::Contribute,
        Command::ShowCard(_)
        | Command::AskWhichOne(_)
        | Command::PressChoice(_)
        | Command::ShowHeld(_)
        | Command::ReadSensitive(_)
        | Command::ReadSensitiveOf(_)
        | Command::ExportRecords(_) => Action::Read,
        Command::SetPlaceLevel(_) => Action::TunePlace,
        Command::ConfirmLink(_) | Command::Unlink(_) | Command::IssueApiToken(_) => {
            Action::OwnAccount
        }
        Command::WorkOnJob(_)
        | Command::FollowClock(_)
        | Command::RemindOfTask(_)
        | Command::Notify(_)
        | Command::SuggestDuplicates(_)
        | Command::ReceiveMail(_)
        | Command::ImproveProposal(_)
        | Command::LogMessage(_)
        | Command::TakeAnswer(_)
        | Command::NoteUndelivered(_)
        | Command::EditMessage(_)
        | Command::DeleteMessage(_)
        | Command::AskToLink(_) => Action::Internal,
        Command::Say(_) | Command::Several(_) => Action::Read,
    }
}

/// The name of a command, as it is stored and counted.
pub fn name(command: &Command) -> String {
    serde_json::to_value(command)
        .ok()
        .and_then(|value| value.get("command").and_then(|c| c.as_str()).map(str::to_owned))
        .unwrap_or_default()
}

/// Why not, in a sentence with the way out.
pub fn refusal(part: Part, action: Action, relation: Relation) -> Refusal {
    match (part, action, relation) {
        (Part::Guest, ..) => Refusal::forbidden(
            "Your chat account is not linked to a member, so you can look but not change \
             anything. Link it with the command “link”.",
        ),
        (
            Part::Member(Role::Viewer),
            Action::Change
            | Action::Create
            | Action::Contribute
            | Action::Assign
            | Action::ShapeSegment,
            _,
        ) => Refusal::forbidden(
            "You are a viewer here, so you can look but not change anything. An \
                 administrator can make you a member.",
        ),
        (_, Action::Change | Action::Assign, Relation::Other) => Refusal::forbidden(
            "This record is somebody else's. Ask its owner to change or release it, or an \
             administrator to assign it to you.",
        ),
        (_, Action::ShapePipeline, _) => Refusal::forbidden(
            "Only an administrator or the pipeline's owner can change it. Ask one of them.",
        ),
        (_, Action::ShapeSegment, _) => Refusal::forbidden(
            "Only an administrator or whoever made the segment can change it. Ask one of them.",
        ),
        (_, Action::ReadSensitive, _) => Refusal::forbidden(
            "Only its owner and administrators see the sensitive values of a record. Ask one of \
             them.",
        ),
        (_, Action::Administer, _) => {
            Refusal::forbidden("Only an administrator can do this. Ask one of yours.")
        }
        _ => Refusal::forbidden("You may not do this. Ask an administrator to do it for you."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written out: what each part may do with each relation.
    #[test]
    fn the_table_is_what_the_house_promises() {
        use Relation::{Other, Own, Unclaimed};
        let check = |part, action, expected: [bool; 3]| {
            let got = [Own, Unclaimed, Other].map(|relation| allowed(part, action, relation));
            assert_eq!(got, expected, "{part:?} {action:?}");
        };
        for role in [Role::Owner, Role::Admin] {
            check(Part::Member(role), Action::Change, [true; 3]);
            check(Part::Member(role), Action::Assign, [true; 3]);
            check(Part::Member(role), Action::Administer, [true; 3]);
            check(Part::Member(role), Action::ShapePipeline, [true; 3]);
            check(Part::Member(role), Action::ShapeSegment, [true; 3]);
        }
        check(Part::Member(Role::Member), Action::Read, [true; 3]);
        check(Part::Member(Role::Member), Action::Change, [true, true, false]);
        check(Part::Member(Role::Member), Action::Assign, [true, true, false]);
        check(Part::Member(Role::Member), Action::Contribute, [true; 3]);
        check(Part::Member(Role::Member), Action::Administer, [false; 3]);
        check(Part::Member(Role::Member), Action::ShapePipeline, [true, false, false]);
        check(Part::Member(Role::Member), Action::ShapeSegment, [true, false, false]);
        check(Part::Member(Role::Viewer), Action::KeepViews, [true; 3]);
        check(Part::Guest, Action::KeepViews, [false; 3]);
        check(Part::Member(Role::Admin), Action::ReadSensitive, [true; 3]);
        check(Part::Member(Role::Member), Action::ReadSensitive, [true, false, false]);
        check(Part::Guest, Action::ReadSensitive, [false; 3]);
        for action in [
            Action::Create,
            Action::Contribute,
            Action::Change,
            Action::Assign,
            Action::TunePlace,
            Action::ShapePipeline,
            Action::ShapeSegment,
            Action::Administer,
            Action::Internal,
        ] {
            check(Part::Member(Role::Viewer), action, [false; 3]);
            check(Part::Guest, action, [false; 3]);
        }
        check(Part::Guest, Action::OwnAccount, [false; 3]);
        check(Part::Guest, Action::Read, [true; 3]);
        for role in [Role::Owner, Role::Admin, Role::Member, Role::Viewer] {
            check(Part::Member(role), Action::Internal, [false; 3]);
        }
    }
}
