//! An event whose line in the log has about 1 KB.

use touchmark_core::event::Event;

pub(crate) fn event() -> Event {
    Event::parse(event_text().as_bytes()).expect("an event")
}

pub(crate) fn event_text() -> String {
    format!(
        r#"{{"type":"MODERATION","system":{{"name":"filter","version":"2"}},"subject":"019a2b3c-0000-7000-8000-000000000000",
            "stage":"output","classifier":{{"id":"nsfw","version":"3"}},"score":0.02,"flagged":false,"tenant":"north",
            "policy":{{"id":"house","version":"7","version_hash":"sha256:{}"}}}}"#,
        "07".repeat(32)
    )
}
