//! What every database must do, told once and run on both: SQLite in a folder of the test's own,
//! and PostgreSQL on a server of the test's own, or on the one that `TIELINE_TEST_POSTGRES` names
//! (a server address whose user may create databases). Without PostgreSQL this fails; it is
//! never skipped.

mod blueprint_cases;
mod cluster;
mod conversation_cases;
mod flow_cases;
mod ground;
mod import_cases;
mod list_cases;
mod listing;
mod listing_cases;
mod merge_cases;
mod opening;
mod outbox_cases;
mod people_cases;
mod quarantine_cases;
mod question_cases;
mod queue_cases;
mod rights_cases;
mod row_cases;
mod schema;
mod scoring_cases;
mod seed;
mod segment_cases;
mod tag_cases;
mod task_cases;
mod team;
mod tenant_cases;
mod write_cases;

use ground::{Case, Database, Ground};

/// Names each case once.
macro_rules! cases {
    ($($module:ident: $($name:ident)*;)*) => {
        &[$($((stringify!($name), |ground| Box::pin($module::$name(ground)))),*),*]
    };
}

const CASES: &[(&str, Case)] = cases! {
    queue_cases:
        the_same_key_stored_twice_is_one_row
        a_lane_keeps_its_order
        a_row_that_waits_for_its_next_try_holds_its_lane
        a_lease_that_ran_out_is_claimed_again
        the_leases_of_a_worker_that_died_are_free_at_once
        two_claimers_never_get_the_same_row_nor_share_a_lane
        what_the_connector_does_not_know_is_kept_and_counted
        a_row_is_settled_once
        what_is_put_aside_holds_up_nobody
        settled_rows_are_forgotten_when_they_are_old;
    outbox_cases:
        an_enqueued_post_is_sent_once_and_in_order
        what_failed_a_moment_ago_keeps_its_room_waiting_and_no_other
        a_change_while_a_post_is_being_sent_is_sent_as_well
        a_change_behind_an_open_transaction_is_not_lost
        a_failed_try_waits_and_a_dead_one_ends
        outbox_claimers_never_get_the_same_row
        a_connection_gets_only_its_own_posts;
    write_cases:
        a_dropped_transaction_keeps_nothing
        an_aborted_command_keeps_nothing_and_holds_up_nobody
        after_an_error_a_transaction_takes_nothing_more
        a_record_update_with_a_stale_version_changes_nothing
        writers_of_one_tenant_wait_for_each_other
        facts_are_gapless_and_in_order_with_eight_writers
        a_reader_sees_one_moment
        record_numbers_are_never_given_twice
        a_blueprint_that_was_never_committed_is_never_shown
        the_same_cause_twice_is_a_conflict
        a_place_belongs_to_one_tenant
        a_reference_to_nothing_is_refused
        the_check_notices_a_closed_database;
    row_cases:
        records_and_what_hangs_on_them_read_back_as_they_were_written
        timelines_read_back_as_they_were_written
        proposals_and_commands_read_back_as_they_were_written
        places_messages_and_posts_read_back_as_they_were_written
        the_built_in_chat_shows_a_post_as_it_is_now
        a_message_taken_back_loses_its_words;
    list_cases:
        records_are_filtered_and_paged_newest_first
        messages_are_the_newest_of_their_window_oldest_first
        names_are_those_of_mentionable_records_outside_the_trash
        buttons_are_retired_and_offered_again
        a_code_works_once
        the_newest_command_that_can_be_undone_is_found;
    blueprint_cases:
        two_thousand_records_go_forward_backward_and_forward_and_are_the_same
        a_migration_goes_on_where_it_was_after_a_crash
        a_dry_run_changes_nothing_and_a_cancelled_one_no_more
        a_new_record_gets_its_defaults_and_refers_to_what_is_there
        records_go_to_the_trash_with_their_blueprint_and_come_back_with_it
        what_is_purged_leaves_no_row_and_no_word
        sensitive_values_are_read_by_few_and_noted;
    flow_cases:
        a_delivery_goes_its_way_by_the_names_of_its_transitions
        a_stages_rules_run_with_the_move_and_go_with_one_undo
        what_a_stage_requires_holds_everywhere
        a_new_or_renamed_stage_is_there_for_every_record_at_once
        records_of_what_is_deleted_go_where_people_say_or_nothing_is_deleted
        a_pipeline_is_used_by_those_it_is_shared_with_and_shaped_by_its_owner
        a_record_tells_the_stages_it_was_in
        rates_are_kept_and_told_in_another_base
        a_record_stands_in_the_space_whose_template_made_it;
    people_cases:
        undoing_goes_step_by_step_and_stops_at_somebody_elses_change
        a_channel_keeps_its_history_and_one_of_a_kind_is_the_first
        an_address_finds_the_one_company_that_has_its_domain
        a_company_that_gets_a_domain_finds_its_people
        links_carry_parts_and_are_seen_from_both_ends
        many_records_change_at_once_and_go_back_with_one_undo
        a_job_changes_many_with_the_rights_of_who_asked;
    merge_cases:
        what_was_merged_and_taken_apart_is_as_it_was
        what_was_written_since_goes_with_whom_it_names
        many_become_one_and_come_apart_in_their_order
        only_what_may_be_changed_and_is_of_one_kind_is_merged
        pairs_wait_for_a_decision_and_stay_decided;
    question_cases:
        a_question_is_asked_by_one_worker_until_it_is_answered
        an_answer_adds_once_to_what_it_was_asked_about
        what_somebody_decided_is_not_improved_any_more
        nobody_is_asked_about_what_was_never_committed;
    conversation_cases:
        a_customer_is_written_to_and_answers_and_all_of_it_is_on_the_timelines
        who_cannot_be_written_to_is_said_with_the_way_out
        what_a_customer_says_where_the_team_listens_is_theirs_if_that_is_beyond_doubt;
    task_cases:
        a_task_is_taken_given_done_and_undone
        a_reminder_is_posted_once_however_often_it_is_tried
        tasks_are_listed_most_urgent_first_page_by_page
        a_note_keeps_what_it_said_and_tells_whom_it_mentions
        what_happened_elsewhere_is_logged_and_a_timeline_is_filtered;
    rights_cases:
        every_command_asks_the_table
        every_change_of_a_record_leaves_a_line;
    listing_cases:
        the_store_finds_what_the_domain_says_in_its_order
        pages_show_each_record_once_while_others_come
        a_board_counts_and_adds_up_each_state
        search_gives_titles_then_words_then_channels_then_keys
        an_older_database_is_listed_and_searched_as_it_opens;
    tag_cases:
        two_spellings_are_one_tag_and_each_step_is_undone
        a_merge_moves_each_record_once_and_is_undone
        reserved_tags_are_an_administrators
        views_outlive_what_they_name_and_lenses_write_back;
    segment_cases:
        a_static_segment_holds_what_people_put_in
        segments_refuse_what_could_never_settle
        segments_follow_every_change
        a_segment_follows_the_clock;
    scoring_cases:
        a_rule_is_asked_with_the_change_and_answers_only_when_it_differs
        a_changed_rule_is_asked_of_every_record_and_goes_on_after_a_crash
        scores_are_listed_sorted_and_found_again_in_a_new_index
        a_kept_score_is_what_its_history_comes_to
        leads_come_best_first_and_a_score_makes_each_once
        of_two_who_decide_at_once_the_second_is_told;
    quarantine_cases:
        held_mails_and_senders_read_back_as_they_were_written
        a_mail_goes_where_its_sender_is
        what_is_decided_about_a_held_mail_goes_back
        what_a_held_mail_becomes_knows_who_came_since
        held_mails_are_shown_to_members_page_by_page
        purging_somebody_takes_their_held_mails_along;
    import_cases:
        what_an_import_keeps_reads_back_as_it_was_written
        many_records_are_written_and_found_as_one_would_be;
    tenant_cases:
        a_tenant_never_sees_anothers_rows;
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_contract() {
    ground::run(&Database::Sqlite, CASES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_keeps_the_contract() {
    let server = cluster::Server::find_or_start();
    let database = Database::Postgres(&server);
    ground::run(&database, CASES).await;
    schema::both_databases_have_the_same_schema(
        Ground::fresh(&Database::Sqlite).await,
        Ground::fresh(&database).await,
    )
    .await;
    opening::a_newer_database_is_refused(Ground::fresh(&database).await).await;
    opening::flows_of_an_older_database_are_found(Ground::fresh(&database).await).await;
    opening::two_programs_can_start_at_once(Ground::fresh(&database).await).await;
}
