//! Imports: what is kept of files and of what came of them; many rows are written and looked up
//! as one would be; and what follows a mark can be forgotten.

use crm::blueprints::IndexKey;
use crm::commands::{Command, TrashRecord};
use crm::ids::{IdentityId, ImportId};
use crm::imports::{Import, ImportChange, RefusedRow, Upload};
use crm::lists::searching::Search;
use crm::ports::{Hub, NewRecord};
use crm::records::{Identity, IdentityKind};

use crate::ground::Ground;
use crate::seed::Seed;

pub async fn what_an_import_keeps_reads_back_as_it_was_written(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    let mut import = Import {
        id: ImportId::fresh(&ground.env),
        name: "people.csv".into(),
        upload: None,
        plan: None,
        check_job: None,
        run_job: None,
        revert_job: None,
        created_by: Some(seed.member.clone()),
        created_at: now,
        updated_at: now,
    };
    let id = import.id.clone();
    let refused = |row| RefusedRow { row, starts_at: row * 10, bytes: 9, reason: "ü".into() };
    let trash = TrashRecord { record: seed.record.id.clone(), expected_version: Some(3) };
    let change = ImportChange {
        record: seed.record.id.clone(),
        row: 2,
        is_made: false,
        version: 3,
        inverse: vec![Command::TrashRecord(trash)],
        at: now,
    };
    let seen = (0..600).map(|row| (format!("email:{}", row % 500), row)).collect::<Vec<_>>();
    let mut tx = ground.store.begin(&seed.tenant).await.expect("a transaction");
    tx.insert_import(&import).await.expect("kept");
    tx.put_import_chunk(&id, 0, "AAH/").await.expect("kept");
    tx.put_import_chunk(&id, 0, "AAH/").await.expect("kept once");
    let upload = Upload {
        bytes: 3,
        sha256: "ab".repeat(32),
        is_utf8: false,
        converted_from: Some("UTF-16LE".into()),
    };
    import.upload = Some(upload);
    tx.update_import(&import).await.expect("kept");
    let rows = (1..=300).map(refused).collect::<Vec<_>>();
    tx.insert_refused_rows(&id, false, &rows).await.expect("kept");
    tx.insert_refused_rows(&id, true, &rows[..1]).await.expect("kept");
    tx.insert_rows_seen(&id, &seen).await.expect("kept");
    tx.insert_import_changes(&id, std::slice::from_ref(&change)).await.expect("kept");
    tx.mark().await.expect("a mark");
    tx.put_import_change(&id, &ImportChange { row: 9, ..change.clone() }).await.expect("kept");
    tx.back_to_mark().await.expect("forgotten");
    assert_eq!(tx.take_record_numbers("NEW", 5).await.expect("numbers"), 1);
    assert_eq!(tx.take_record_numbers("NEW", 1).await.expect("numbers"), 6);
    tx.commit().await.expect("committed");

    let mut read = ground.store.read(&seed.tenant).await.expect("a reading");
    assert_eq!(read.import(&id).await.expect("read"), Some(import.clone()));
    assert_eq!(read.imports(5).await.expect("read"), [import]);
    assert_eq!(read.import_chunk(&id, 0).await.expect("read"), Some(vec![0, 1, 255]));
    assert_eq!(read.import_chunk(&id, 1).await.expect("read"), None);
    assert_eq!(read.refused_rows(&id, false, 298, 5).await.expect("read"), rows[298..]);
    assert_eq!(read.refused_rows(&id, true, 0, 5).await.expect("read"), rows[..1]);
    let asked = ["email:7", "email:499", "email:700"].map(str::to_owned);
    let mut found = read.rows_seen(&id, &asked).await.expect("read");
    found.sort();
    assert_eq!(found, [("email:499".to_owned(), 499), ("email:7".to_owned(), 7)]);
    assert_eq!(read.import_changes(&id, None, 5).await.expect("read"), [change]);
    assert_eq!(read.count_import_changes(&id).await.expect("read"), 1);
}

pub async fn many_records_are_written_and_found_as_one_would_be(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    let new = (0..300).map(|number| {
        let record = seed.another(&format!("NEW-{number}"), &format!("Żółw {number}"));
        let identity = Identity {
            id: IdentityId::fresh(&ground.env),
            record: record.id.clone(),
            kind: IdentityKind::Email,
            value: format!("t{number}@acme.io"),
            verified: false,
            primary: false,
            label: None,
            stable_id: None,
            bounced_at: None,
            created_at: now,
        };
        let size = IndexKey { number: Some(f64::from(number)), ..IndexKey::default() };
        NewRecord { record, keys: vec![("size".into(), size)], identities: vec![identity] }
    });
    let new = new.collect::<Vec<_>>();
    let mut tx = ground.store.begin(&seed.tenant).await.expect("a transaction");
    tx.insert_records(&new).await.expect("written");
    tx.commit().await.expect("committed");
    let mut read = ground.store.read(&seed.tenant).await.expect("a reading");
    let values = new.iter().map(|one| one.identities[0].value.clone()).collect::<Vec<_>>();
    let found = read.identities_among(IdentityKind::Email, &values).await.expect("read");
    assert_eq!(found.len(), 300);
    let ids = new.iter().map(|one| one.record.id.clone()).collect::<Vec<_>>();
    let mut records = read.records_among(&ids).await.expect("read");
    records.sort_by(|a, b| a.id.cmp(&b.id));
    let mut written = new.iter().map(|one| one.record.clone()).collect::<Vec<_>>();
    written.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(records, written);
    let titled = read.records_titled(&seed.blueprint, &["zolw 7".to_owned()]).await.expect("read");
    assert_eq!(titled.len(), 1);
    let keyed = read.records_with_keys(&["NEW-8".to_owned()]).await.expect("read");
    assert_eq!(keyed.len(), 1);
    for words in ["żółw 299", "t299@acme"] {
        let search = Search::new(words).expect("words");
        let found = read.search(&search, 5).await.expect("read");
        assert!(found.iter().any(|one| one.records.iter().any(|r| r.id == ids[299])), "{words}");
    }
}
