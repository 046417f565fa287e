//! Events as they come in, records as they stand.

use jiff::Timestamp;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::private::Private;
use touchmark_core::event::sealed::Stored;
use touchmark_core::event::{Error, Event, Place, Record};
use touchmark_core::hash::Hash;
use touchmark_core::privacy::Disclosure;

pub(crate) fn record(bytes: &[u8]) {
    let Ok(record) = Record::from_bytes(bytes) else { return };
    match record.to_bytes() {
        Ok(again) => assert_eq!(Record::from_bytes(&again), Ok(record), "a record is read again as it was written"),
        // The canonical form may be longer than what came in.
        Err(error) => assert!(matches!(error, Error::RecordTooLarge { .. }), "{error}"),
    }
}

pub(crate) fn event(bytes: &[u8]) {
    let Ok(event) = Event::parse(bytes) else { return };
    let moment = Moment { time: Timestamp::UNIX_EPOCH, clock: Clock { synchronised: true, max_error_us: Some(1) } };
    let edge = Edge { now: &|| moment, random: &|bytes| bytes.fill(7) };
    let publish = ["parameters.seed".to_owned(), "tenant".to_owned()];
    // At the end of time, so that no event is from the future.
    let late = Moment { time: "9999-01-01T00:00:00Z".parse().unwrap_or(Timestamp::MAX), clock: moment.clock };
    let place = Place { origin: "fuzz", seq: 1, prev: Hash::of(b""), moment: late, publish: &publish };
    match event.seal(&place, edge) {
        Ok(sealed) => {
            let record = Record::from_bytes(&sealed.record).expect("what is written can be read");
            let private = Private::from_bytes(&sealed.private).expect("what is written can be read");
            assert_eq!(record.private.stored, Hash::of(&sealed.private));
            assert_eq!(Ok(record.private.fields), private.fields_hash());
        }
        Err(Error::RecordTooLarge { .. } | Error::Future { .. } | Error::Json { .. }) => {}
        Err(error) => panic!("an event that was accepted cannot be recorded: {error}"),
    }
}

pub(crate) fn private(bytes: &[u8]) {
    let private = match Stored::from_bytes(bytes) {
        Ok(Stored::Plain(private)) => private,
        Ok(Stored::Sealed(part)) => {
            let again = serde_json::to_vec(&part).expect("JSON");
            assert!(matches!(Stored::from_bytes(&again), Ok(Stored::Sealed(read)) if read == part));
            return;
        }
        Err(_) => return,
    };
    if let Ok(again) = private.to_bytes() {
        let read = Private::from_bytes(&again).expect("what is written can be read");
        // Bytes and hash, not the values: what came in may spell a number in another way (3.0 for 3).
        assert_eq!(read.to_bytes(), Ok(again));
        assert_eq!(read.fields_hash(), private.fields_hash());
    }
}

pub(crate) fn disclosure(bytes: &[u8]) {
    let Ok(disclosure) = serde_json::from_slice::<Disclosure>(bytes) else { return };
    if let Ok(holds) = disclosure.verify(&Hash::of(b"")) {
        assert!(!holds, "nothing hashes to that");
    }
}
