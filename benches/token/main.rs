//! How fast a key in a token signs, as a ratio to the token itself: both are measured in turn, in one run.
//!
//! ```sh
//! cargo bench --bench token    # says "skipped" where there is no SoftHSM
//! ```
//! Aim: at most 1.3 times.

#[path = "../../tests/keyring/softhsm.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod softhsm;
#[path = "../log/turns.rs"]
mod turns;

use criterion::{Criterion, criterion_group, criterion_main};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, ObjectClass};
use touchmark_core::keys::{Algorithm, Keyring};
use touchmark_keyring::Keys;

use softhsm::Token;
use turns::{Aim, against, time};

/// Signatures a turn.
const TIMES: u32 = 200;

fn sign(criterion: &mut Criterion) {
    softhsm::with_token_in_a_bench(|token| {
        token.make_p256("claim");
        token.make_ed25519("log");
        ratio(criterion, token, ("claim", Algorithm::Es256));
        ratio(criterion, token, ("log", Algorithm::Ed25519));
    });
}

fn ratio(criterion: &mut Criterion, token: &Token, (label, algorithm): (&str, Algorithm)) {
    let signer = Keys.signer(&token.key(label), algorithm).expect("a signer");
    let session = token.owner();
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(label.into())];
    let key = session.find_objects(&template).expect("found")[0];
    let mechanism = match algorithm {
        Algorithm::Es256 => Mechanism::Ecdsa,
        _ => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure)),
    };
    let message = [7; 52];
    let bare =
        || time(|| (0..TIMES).for_each(|_| drop(session.sign(&mechanism, key, &message[..32]).expect("signed"))));
    let ours = || time(|| (0..TIMES).for_each(|_| drop(signer.sign(&message).expect("signed"))));
    let aim = Aim { floor: "the token alone", records: u64::from(TIMES) };
    against(criterion, &format!("sign with {label}"), aim, bare, ours);
}

criterion_group!(token, sign);
criterion_main!(token);
