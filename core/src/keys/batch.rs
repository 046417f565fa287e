//! Many Ed25519 signatures by one key, checked together: the random linear combination of Bernstein et al., "High-speed high-security
//! signatures" (2012), section 5. For one key it costs less than half of the single checks.
//!
//! For each signature (R, s) over a message m, with k = SHA-512(R ‖ A ‖ m), the equation s·B = R + k·A must hold (RFC 8032, section
//! 5.1.7, without the cofactor). Each is multiplied by a number z of its own and all are added up: if one does not hold, the sum holds
//! for one z in 2^127. The z are derived from everything that they weigh, so whoever chooses a signature cannot know its z, and the
//! same input always has the same answer.
//!
//! It says yes only where the strict single check would, with one exception that takes the secret key: several signatures whose R
//! differ from the right one by points of small order that cancel each other out. A single one is always found, because z is odd.
//! It says no also where it cannot tell; the caller then looks at each.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256, Sha512};

/// Below so many the single check is as fast.
pub const FEW: usize = 8;

/// Whether all of them are signatures by `key`: pairs of a message and its signature.
pub fn all_signed<M: AsRef<[u8]>>(key: &VerifyingKey, signed: &[(M, [u8; 64])]) -> bool {
    if key.is_weak() {
        return false;
    }
    equation(key, signed).is_some_and(|sum| sum.is_identity())
}

/// The sum that is zero if all are right; `None` where a part of a signature is none that the strict check takes.
fn equation<M: AsRef<[u8]>>(key: &VerifyingKey, signed: &[(M, [u8; 64])]) -> Option<EdwardsPoint> {
    let mut seed = Sha256::new_with_prefix(b"touchmark ed25519 batch v1");
    seed.update(key.as_bytes());
    let mut terms = Vec::with_capacity(signed.len());
    for (message, signature) in signed {
        let (r, s) = signature.split_at_checked(32)?;
        let s: Scalar = Option::from(Scalar::from_canonical_bytes(s.try_into().ok()?))?;
        let k = Sha512::new_with_prefix(r).chain_update(key.as_bytes()).chain_update(message).finalize();
        seed.update(signature);
        seed.update(k);
        terms.push((CompressedEdwardsY(r.try_into().ok()?), s, Scalar::from_bytes_mod_order_wide(&k.into())));
    }
    let seed = seed.finalize();

    let (mut of_base, mut of_key) = (Scalar::ZERO, Scalar::ZERO);
    let mut weights = Vec::with_capacity(terms.len() + 1);
    let mut points = Vec::with_capacity(terms.len() + 1);
    for (at, (r, s, k)) in (0_u64..).zip(&terms) {
        let z = weight(&seed, at);
        of_base += z * s;
        of_key += z * k;
        weights.push(z);
        points.push(Some(point(r)?));
    }
    weights.push(of_key);
    points.push(Some(key.to_edwards()));
    let right = EdwardsPoint::optional_multiscalar_mul(weights, points)?;
    Some(right - EdwardsPoint::mul_base(&of_base))
}

/// An odd number of 128 bits.
fn weight(seed: &[u8], at: u64) -> Scalar {
    let digest = Sha256::new_with_prefix(seed).chain_update(at.to_be_bytes()).finalize();
    let mut low = [0; 16];
    low.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    Scalar::from(u128::from_le_bytes(low) | 1)
}

/// R, which the strict check does not take where it is of small order. The points that have a second spelling have a y below 19: nobody
/// knows an r that leads to one.
fn point(bytes: &CompressedEdwardsY) -> Option<EdwardsPoint> {
    let point = bytes.decompress()?;
    (!point.is_small_order()).then_some(point)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    const MESSAGES: u8 = 40;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn signed() -> Vec<([u8; 3], [u8; 64])> {
        (0..MESSAGES).map(|n| [n, 1, 2]).map(|message| (message, key().sign(&message).to_bytes())).collect()
    }

    #[test]
    fn what_one_key_signed_is_taken_and_so_is_nothing_at_all() {
        assert!(all_signed(&key().verifying_key(), &signed()));
        assert!(all_signed(&key().verifying_key(), &signed()[..1]));
        assert!(all_signed::<&[u8]>(&key().verifying_key(), &[]));
    }

    #[test]
    fn every_changed_byte_of_every_signature_and_message_is_found() {
        for which in 0..usize::from(MESSAGES) {
            for at in 0..64 {
                let mut changed = signed();
                changed[which].1[at] ^= 1 << (at % 8);
                assert!(!all_signed(&key().verifying_key(), &changed), "byte {at} of signature {which}");
            }
            let mut changed = signed();
            changed[which].0[2] ^= 1;
            assert!(!all_signed(&key().verifying_key(), &changed), "message {which}");
        }
    }

    #[test]
    fn swapped_signatures_and_another_key_are_found() {
        let mut swapped = signed();
        let first = swapped[0].1;
        swapped[0].1 = swapped[1].1;
        swapped[1].1 = first;
        assert!(!all_signed(&key().verifying_key(), &swapped));
        assert!(!all_signed(&SigningKey::from_bytes(&[8; 32]).verifying_key(), &signed()));
    }

    /// s and s + l give the same point; RFC 8032 takes s alone.
    #[test]
    fn a_second_spelling_of_the_same_signature_is_refused() {
        // The order of the base point, little-endian.
        let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").expect("hex");
        let mut signed = signed();
        let mut carry = 0;
        for (byte, add) in signed[3].1[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        assert!(!all_signed(&key().verifying_key(), &signed));
    }

    /// The signer itself can make R = r·B + T with T of small order: the strict check refuses it, and so does this.
    #[test]
    fn a_signature_with_a_point_of_small_order_in_it_is_refused() {
        use curve25519_dalek::constants::EIGHT_TORSION;
        let secret = SigningKey::from_bytes(&[7; 32]);
        let a = secret.to_scalar();
        let message = [0, 1, 2];
        for torsion in &EIGHT_TORSION[1..] {
            let r = Scalar::from(12_345_u64);
            let point = (EdwardsPoint::mul_base(&r) + torsion).compress();
            let k =
                Sha512::new_with_prefix(point.0).chain_update(secret.verifying_key().as_bytes()).chain_update(message);
            let s = r + Scalar::from_bytes_mod_order_wide(&k.finalize().into()) * a;
            let signature: [u8; 64] = [point.0, s.to_bytes()].concat().try_into().expect("64 bytes");
            let strict = secret.verifying_key().verify_strict(&message, &signature.into());
            assert!(strict.is_err());
            let mut signed = signed();
            signed[0].1 = signature;
            assert!(!all_signed(&secret.verifying_key(), &signed));
        }
    }
}
