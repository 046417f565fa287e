//! Keys in a PKCS#11 token.

use std::path::PathBuf;
use std::sync::Arc;

use touchmark_core::keys::place::{Outside, Secret};
use touchmark_core::keys::{Algorithm, Keyring, conformance, wrapping};
use touchmark_keyring::Keys;

use crate::softhsm::{Token, with_token};

/// Why a signer cannot be had.
fn refusal(place: &Outside, algorithm: Algorithm) -> String {
    Keys.signer(place, algorithm).expect_err("refused").to_string()
}

fn pkcs11(place: Outside, change: impl FnOnce(&mut touchmark_core::keys::place::Pkcs11)) -> Outside {
    let Outside::Pkcs11(mut token) = place else { panic!("a token's key") };
    change(&mut token);
    Outside::Pkcs11(token)
}

fn two_keys(token: &Token) {
    token.make_p256("claim");
    token.make_ed25519("log");
}

#[test]
fn both_kinds_of_keys_keep_the_contract() {
    with_token(|token| {
        two_keys(token);
        for (label, algorithm) in [("claim", Algorithm::Es256), ("log", Algorithm::Ed25519)] {
            let signer = Keys.signer(&token.key(label), algorithm).expect(label);
            conformance(signer.as_ref()).expect(label);
        }
    });
}

#[test]
fn many_threads_sign_at_the_same_time() {
    with_token(|token| {
        two_keys(token);
        let signer = Keys.signer(&token.key("claim"), Algorithm::Es256).expect("a signer");
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let signer = Arc::clone(&signer);
                std::thread::spawn(move || (0..8).try_for_each(|_| conformance(signer.as_ref())))
            })
            .collect();
        for thread in threads {
            thread.join().expect("no panic").expect("conforms");
        }
    });
}

#[test]
fn a_token_that_is_pulled_out_signs_nothing_and_signs_again_when_it_is_back() {
    with_token(|token| {
        two_keys(token);
        let place = token.key("claim");
        let signer = Keys.signer(&place, Algorithm::Es256).expect("a signer");
        let log = Keys.signer(&token.key("log"), Algorithm::Ed25519).expect("a signer");
        conformance(signer.as_ref()).expect("plugged in");
        token.unplug();
        for _ in 0..3 {
            let gone = signer.sign(b"a claim").expect_err("nobody signs").to_string();
            assert!(gone.contains("PKCS#11 token \"studio\", key \"claim\": the token is not there"), "{gone}");
        }
        token.plug_in();
        conformance(signer.as_ref()).expect("plugged in again");
        conformance(log.as_ref()).expect("the other key of the same library, too");
    });
}

#[test]
fn a_token_that_was_away_between_two_signatures_is_not_noticed() {
    with_token(|token| {
        two_keys(token);
        let signer = Keys.signer(&token.key("claim"), Algorithm::Es256).expect("a signer");
        token.unplug();
        signer.sign(b"a claim").expect_err("nobody signs");
        token.plug_in();
        signer.sign(b"a claim").expect("at once");
    });
}

#[test]
fn a_key_that_takes_the_place_of_another_is_not_used() {
    with_token(|token| {
        two_keys(token);
        let signer = Keys.signer(&token.key("claim"), Algorithm::Es256).expect("a signer");
        let owner = token.owner();
        let label = [cryptoki::object::Attribute::Label("claim".into())];
        for object in owner.find_objects(&label).expect("found") {
            owner.destroy_object(object).expect("destroyed");
        }
        token.make_p256("claim");
        let other = signer.sign(b"a claim").expect_err("another key").to_string();
        assert!(other.ends_with("there is another key in its place"), "{other}");
    });
}

#[test]
fn a_wrong_pin_is_tried_once_and_not_until_the_token_locks_itself() {
    with_token(|token| {
        two_keys(token);
        drop(token.owner());
        let wrong = token.key_with("claim", Some("TOUCHMARK_TEST_WRONG_PIN"));
        let said = refusal(&wrong, Algorithm::Es256);
        assert!(said.contains("the PIN is wrong; it is not tried again"), "{said}");
        Keys.signer(&token.key("claim"), Algorithm::Es256).expect("the right PIN still opens it");
    });
}

#[test]
fn each_mistake_has_a_sentence() {
    with_token(|token| {
        two_keys(token);
        token.make_p256("twice");
        token.make_p256("twice");
        let key = || token.key("claim");
        let cases = [
            (key(), Algorithm::Ed25519, "it is no key for Ed25519"),
            (token.key("log"), Algorithm::Es256, "it is no key for Es256"),
            (token.key("nobody"), Algorithm::Es256, "the token has no such key"),
            (token.key("twice"), Algorithm::Es256, "has 2 keys of that name: name the one that is meant by its id"),
            (
                pkcs11(key(), |place| place.token = "atelier".to_owned()),
                Algorithm::Es256,
                "the token is not there; those that are there: \"studio\"",
            ),
            (
                pkcs11(key(), |place| place.library = PathBuf::from("/nowhere/lib.so")),
                Algorithm::Es256,
                "the library /nowhere/lib.so cannot be loaded",
            ),
            (
                pkcs11(key(), |place| place.library = std::env::current_exe().expect("this test")),
                Algorithm::Es256,
                "cannot be loaded",
            ),
            (
                pkcs11(key(), |place| place.pin = Some(Secret::Variable("TOUCHMARK_TEST_NO_SUCH".to_owned()))),
                Algorithm::Es256,
                "the variable TOUCHMARK_TEST_NO_SUCH is not set",
            ),
            (
                pkcs11(key(), |place| place.pin = Some(Secret::File("/nowhere/pin".into()))),
                Algorithm::Es256,
                "cannot read \"/nowhere/pin\"",
            ),
        ];
        for (place, algorithm, says) in cases {
            let said = refusal(&place, algorithm);
            assert!(said.starts_with("cannot use the key in ") && said.contains(says), "{said}");
        }
    });
}

#[test]
fn a_private_key_is_hidden_from_who_has_no_pin() {
    with_token(|token| {
        two_keys(token);
        let said = refusal(&token.key_with("claim", None), Algorithm::Es256);
        assert!(said.contains("name it with pin_file or pin_env"), "{said}");
    });
}

#[test]
fn an_aes_key_and_an_rsa_key_wrap_a_secret() {
    with_token(|token| {
        token.make_aes("vault");
        token.make_rsa("vault-rsa");
        for label in ["vault", "vault-rsa"] {
            let wrapper = Keys.wrapper(&token.key(label)).expect(label);
            wrapping::conformance(wrapper.as_ref()).expect(label);
            let wrapped = wrapper.wrap(&[7; 32]).expect("wrapped");
            let again = Keys.wrapper(&token.key(label)).expect(label);
            assert_eq!(*again.unwrap(&wrapped).expect("by another"), [7; 32]);
        }
        let (aes, rsa) = (Keys.wrapper(&token.key("vault")), Keys.wrapper(&token.key("vault-rsa")));
        let wrapped = aes.expect("aes").wrap(&[7; 32]).expect("wrapped");
        let said = rsa.expect("rsa").unwrap(&wrapped).expect_err("another kind").to_string();
        assert!(said.contains("was not wrapped by a key of this kind"), "{said}");
    });
}
