//! POST /v1/export

use touchmark_core::hash::Hash;

use crate::world::{SUBJECT, World, form, gen_event, moderation, picture, post};

#[tokio::test]
async fn a_picture_comes_back_signed_and_both_its_records_are_there() {
    let world = World::new();
    let answer = world.export(&picture("astronaut.jpg")).await.is(200);
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("touchmark-manifest-id").starts_with("urn:c2pa:"));
    assert!(answer.body.starts_with(&[0xff, 0xd8]));
    let made = world.get(&format!("/v1/records/{}", answer.header("touchmark-gen-record"))).await.is(200).json();
    assert_eq!(made["type"], "GEN");
    let left = world.get(&format!("/v1/records/{}", answer.header("touchmark-export-record"))).await.is(200).json();
    assert_eq!(left["type"], "EXPORT");
    assert_eq!(left["body"]["file"], Hash::of(&answer.body).to_string(), "the record is about these very bytes");
    assert_eq!(left["body"]["manifest"]["id"], answer.header("touchmark-manifest-id"));
}

#[tokio::test]
async fn the_same_request_again_gives_the_same_bytes_and_no_new_record() {
    let world = World::new();
    let first = world.export(&picture("astronaut.jpg")).await.is(200);
    let again = world.export(&picture("astronaut.jpg")).await.is(200);
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("touchmark-export-record"), again.header("touchmark-export-record"));
    assert!(again.header("touchmark-note").contains("exported already"), "{:?}", again.headers);
    assert_eq!(world.count("EXPORT"), 1);
}

#[tokio::test]
async fn many_at_once_are_all_signed_each_under_its_own_record() {
    let world = World::new();
    let names = ["astronaut.jpg", "horse-alpha.png", "rocket.webp", "coffee-turned.jpg"];
    let pictures: Vec<_> = names.iter().map(|name| picture(name)).collect();
    let (a, b, c, d) = tokio::join!(
        world.export(&pictures[0]),
        world.export(&pictures[1]),
        world.export(&pictures[2]),
        world.export(&pictures[3])
    );
    let mut records: Vec<_> =
        [a, b, c, d].map(|answer| answer.is(200).header("touchmark-export-record").to_owned()).into();
    records.sort();
    records.dedup();
    assert_eq!(records.len(), names.len());
    assert_eq!(world.count("EXPORT"), names.len());
}

#[tokio::test]
async fn without_the_token_nothing_is_read_and_nothing_is_recorded() {
    let world = World::new();
    let (content_type, body) =
        form(&[("image", &picture("astronaut.jpg")), ("event", gen_event().to_string().as_bytes())]);
    let lower = world.token().to_lowercase();
    let longer = format!("{}x", world.token());
    for wrong in [None, Some(""), Some("x"), Some(lower.as_str()), Some(longer.as_str())] {
        let answer = world.send(post("/v1/export", &content_type, body.clone(), wrong)).await;
        assert!(answer.problem(401).contains("keys/service-token"), "{wrong:?}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"touchmark\"");
        assert!(!answer.text().contains(world.token()));
    }
    let mut other = post("/v1/export", &content_type, body.clone(), None);
    other.headers_mut().insert("authorization", format!("Basic {}", world.token()).parse().expect("header"));
    world.send(other).await.problem(401);
    let mut two = post("/v1/export", &content_type, body.clone(), Some(world.token()));
    two.headers_mut().append("authorization", "Bearer x".parse().expect("header"));
    world.send(two).await.problem(401);
    assert_eq!(world.count("GEN"), 0);
    world.send(post("/v1/export", &content_type, body, Some(world.token()))).await.is(200);
}

#[tokio::test]
async fn a_picture_of_a_recorded_generation_needs_no_event() {
    let world = World::new();
    let first = world.export(&picture("astronaut.jpg")).await.is(200);
    let id = first.header("touchmark-gen-record");
    let again =
        world.form("/v1/export", &[("image", &picture("astronaut.jpg")), ("gen_record", id.as_bytes())]).await.is(200);
    assert_eq!(again.body, first.body);
    let other = world.form("/v1/export", &[("image", &picture("rocket.webp")), ("gen_record", id.as_bytes())]).await;
    assert!(other.problem(409).contains("not the picture that was recorded"));
    let unknown = b"019a2b3c-0000-7000-8000-000000000000";
    let missing = world.form("/v1/export", &[("image", &picture("rocket.webp")), ("gen_record", unknown)]).await;
    assert!(missing.problem(404).contains("019a2b3c-0000-7000-8000-000000000000"));
    let garbage = world.form("/v1/export", &[("image", &picture("rocket.webp")), ("gen_record", b"latest")]).await;
    assert!(garbage.problem(400).contains("\"latest\" is not a record's id"));
}

#[tokio::test]
async fn a_file_that_tells_how_it_was_made_needs_a_person_only() {
    let world = World::new();
    let image = picture("chelsea-a1111.png");
    assert!(world.form("/v1/export", &[("image", &image)]).await.problem(422).contains("send the field user"));
    world
        .form("/v1/export", &[("image", &image), ("user", SUBJECT.as_bytes()), ("destination", b"the shop")])
        .await
        .is(200);
    assert_eq!(world.count("EXPORT"), 1);
}

#[tokio::test]
async fn with_a_sidecar_the_manifest_comes_back_alone() {
    let world = World::new();
    let image = picture("astronaut.jpg");
    let event = gen_event().to_string();
    let fields: [(&str, &[u8]); 3] = [("image", &image), ("event", event.as_bytes()), ("sidecar", b"true")];
    let answer = world.form("/v1/export", &fields).await.is(200);
    assert_eq!(answer.header("content-type"), "application/c2pa");
    let verdict = world.form("/v1/verify", &[("image", &image), ("manifest", &answer.body)]).await.is(200).json();
    assert_eq!(verdict["verdict"], "verified", "{verdict}");
    assert_eq!(verdict["ledger"]["state"], "recorded", "{verdict}");
    assert_eq!(world.form("/v1/export", &fields).await.is(200).body, answer.body);
    let embedded = world.export(&image).await;
    assert!(
        embedded.problem(409).contains("sidecar=true"),
        "an unsigned image is never handed out as if it were signed"
    );
}

/// Status, words in the sentence, fields of the form.
type Case<'a> = (u16, &'a str, Vec<(&'a str, &'a [u8])>);

#[tokio::test]
async fn what_is_refused_says_why_and_leaves_no_record() {
    let world = World::new();
    let image = picture("astronaut.jpg");
    let event = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut event = gen_event();
        change(&mut event);
        event.to_string().into_bytes()
    };
    let good = event(&|_| {});
    let unknown = event(&|event| event["modle"] = "sdxl".into());
    let nobody = event(&|event| event["actor"]["subject"] = "svc-render".into());
    let future = event(&|event| event["time"] = "9999-01-01T00:00:00Z".into());
    let no_actor = event(&|event| drop(event.as_object_mut().expect("object").remove("actor")));
    let other = moderation().to_string().into_bytes();
    let text = b"This is no picture.".to_vec();
    let long = vec![b'x'; 5 << 20];
    let cut = image[..image.len() / 2].to_vec();
    let cases: [Case<'_>; 17] = [
        (400, "the field image is missing", vec![("event", &good)]),
        (400, "unknown field \"picture\"", vec![("picture", &image), ("event", &good)]),
        (400, "given twice", vec![("image", &image), ("image", &image), ("event", &good)]),
        (400, "not both", vec![("image", &image), ("event", &good), ("gen_record", b"x")]),
        (400, "sidecar is true or false", vec![("image", &image), ("event", &good), ("sidecar", b"yes")]),
        (400, "user is not UTF-8", vec![("image", &image), ("event", &good), ("user", &[0xff])]),
        (400, "not acceptable JSON", vec![("image", &image), ("event", b"{")]),
        (400, "modle", vec![("image", &image), ("event", &unknown)]),
        (422, "named like a service account", vec![("image", &image), ("event", &nobody)]),
        (422, "named like a service account", vec![("image", &image), ("event", &good), ("user", b"svc-render")]),
        (422, "GEN needs actor", vec![("image", &image), ("event", &no_actor)]),
        (422, "later than this machine's clock", vec![("image", &image), ("event", &future)]),
        (422, "this is a MODERATION", vec![("image", &image), ("event", &other)]),
        (422, "send the field event or gen_record", vec![("image", &image), ("user", b"ada")]),
        (413, "destination has 5242880 bytes", vec![("image", &image), ("event", &good), ("destination", &long)]),
        (415, "plain text", vec![("image", &text), ("event", &good)]),
        (400, "cut off", vec![("image", &cut), ("event", &good)]),
    ];
    for (status, words, fields) in cases {
        let detail = world.form("/v1/export", &fields).await.problem(status);
        assert!(detail.contains(words), "{words}: {detail}");
    }
    assert_eq!(world.count("GEN") + world.count("GEN_ATTEMPT") + world.count("EXPORT"), 0);
    assert_eq!(world.get("/healthz").await.is(200).json()["status"], "ok", "a refusal is no failure");
}

#[tokio::test]
async fn another_model_for_the_same_file_is_a_conflict() {
    let world = World::new();
    world.export(&picture("astronaut.jpg")).await.is(200);
    let mut event = gen_event();
    event["model"]["version"] = "2.0".into();
    let answer = world
        .form("/v1/export", &[("image", &picture("astronaut.jpg")), ("event", event.to_string().as_bytes())])
        .await;
    let detail = answer.problem(409);
    assert!(
        detail.contains("made by sdxl 1.0") && detail.contains("says sdxl 2.0") && !detail.contains("--"),
        "{detail}"
    );
}

#[tokio::test]
async fn garbage_in_place_of_a_form_is_refused() {
    let world = World::new();
    assert!(
        world
            .post("/v1/export", "image/jpeg", picture("astronaut.jpg"))
            .await
            .problem(400)
            .contains("multipart/form-data")
    );
    for body in
        ["", "--x", "no boundary at all", "--x\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nbroken off"]
    {
        world.post("/v1/export", "multipart/form-data; boundary=x", body).await.problem(400);
    }
    world.post("/v1/export", "multipart/form-data", "--x--").await.problem(400);
    assert_eq!(world.count("GEN"), 0);
}
