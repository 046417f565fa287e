//! Certificate chains for tests: one that is good, and many that must be refused, each for one reason.
//!
//! Made anew for each run relative to a given `now`, so that no date rots; the keys are fixed, so that runs are alike.
//! Stands alone, so that any test can include it:
//! `#[path = "<…>/tests/common/chains.rs"] mod chains;` with x509-cert, p256 (with sha2's `oid`) and jiff at hand.
//!
//! Every chain is root, intermediate, leaf; the root is apart, as in a C2PA manifest. `certs/README.md` has the table.
#![allow(dead_code, unreachable_pub, reason = "each test that includes this file uses another part of it")]

use jiff::Timestamp;
use p256::ecdsa::SigningKey;
use p256::pkcs8::EncodePrivateKey as _;
use x509_cert::der::asn1::OctetString;
use x509_cert::der::oid::AssociatedOid as _;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::referenced::OwnedToRef as _;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::{Certificate, Version};

#[path = "chains/make.rs"]
mod make;

use make::{
    Authority, LEAF_KEY, OTHER_KEY, ROOT_KEY, bits, der, intermediate_tbs, key, leaf_tbs, oid, pem, profile, purpose,
    remove, replace, rsa_of_1024_bits, sign, validity,
};

/// `c2pa-kp-claimSigning`.
pub const CLAIM_SIGNING: &str = "1.3.6.1.4.1.62558.2.1";
const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
/// `id-kp-OCSPSigning`.
pub const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// A chain with the key of its leaf and the root that it claims to lead to.
pub struct TestChain {
    /// In words, one for each case.
    pub name: &'static str,
    /// Who must refuse it; nobody, if it is the good one.
    pub refused_by: Option<RefusedBy>,
    /// DER, leaf first, root left out.
    pub chain: Vec<Vec<u8>>,
    /// DER of the root that a reader would trust.
    pub root: Vec<u8>,
    /// The private key that is handed over with the chain.
    pub key: SigningKey,
}

/// Where a bad chain must be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The certificate profile; the one finding contains this text.
    Profile(&'static str),
    /// The joining of key and chain: the key is another.
    KeyMismatch,
    /// A reader that trusts `root`: the chain does not lead there.
    TrustList,
}

impl TestChain {
    fn replace_intermediate(&mut self, certificate: &Certificate) {
        self.chain.truncate(1);
        self.chain.push(der(certificate));
    }

    /// The chain as a PEM text.
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| pem(der)).collect()
    }

    /// The root as a PEM text.
    pub fn root_pem(&self) -> String {
        pem(&self.root)
    }

    /// The private key as PKCS#8 PEM.
    pub fn key_pem(&self) -> String {
        self.key.to_pkcs8_pem(LineEnding::LF).expect("a P-256 key has a PKCS#8 form").to_string()
    }
}

/// A chain that nothing can be held against from 30 days before `now` to 30 days after.
pub fn good(now: Timestamp) -> TestChain {
    Authority::new(now, ROOT_KEY).test_chain("good", None, |_| {})
}

/// A good chain whose leaf has these purposes.
pub fn for_purposes(now: Timestamp, purposes: &[&str]) -> TestChain {
    Authority::new(now, ROOT_KEY).test_chain("of other purposes", None, |leaf| replace(leaf, &purpose(purposes)))
}

/// A good chain of somebody, by an authority that is not in it, who call themselves that.
pub fn called(now: Timestamp, subject: &str, issuer: &str) -> TestChain {
    let mut chain = Authority::new(now, ROOT_KEY).test_chain("of other names", None, |leaf| {
        leaf.subject = make::named(subject);
        leaf.issuer = make::named(issuer);
    });
    chain.chain.truncate(1);
    chain
}

/// A good chain under another root of the same name.
pub fn stranger(now: Timestamp) -> TestChain {
    Authority::new(now, OTHER_KEY).test_chain("stranger", None, |_| {})
}

/// A good signer issues a certificate to somebody else, which it may not.
pub fn issued_by_a_leaf(now: Timestamp) -> TestChain {
    let mut chain = good(now);
    chain.name = "issued by a signer";
    chain.chain.insert(0, der(&sign(make::below_a_leaf_tbs(now), &key(LEAF_KEY))));
    chain.key = key(OTHER_KEY);
    chain
}

/// Somebody with a key and a certificate.
pub struct Issuer {
    /// The certificate.
    pub certificate: Certificate,
    /// Its key.
    pub key: SigningKey,
}

impl Issuer {
    /// The certificate as a PEM text.
    pub fn certificate_pem(&self) -> String {
        pem(&der(&self.certificate))
    }

    /// The key as PKCS#8 PEM.
    pub fn key_pem(&self) -> String {
        self.key.to_pkcs8_pem(LineEnding::LF).expect("a P-256 key has a PKCS#8 form").to_string()
    }
}

/// Who issued the signers of these chains.
pub fn issuer(now: Timestamp) -> Issuer {
    Issuer { certificate: Authority::new(now, ROOT_KEY).intermediate, key: key(make::INTERMEDIATE_KEY) }
}

/// Who issued that one.
pub fn root(now: Timestamp) -> Issuer {
    Issuer { certificate: Authority::new(now, ROOT_KEY).root, key: key(ROOT_KEY) }
}

/// An OCSP responder that the signers' issuer certified, changed before that.
pub fn responder(now: Timestamp, change: impl FnOnce(&mut x509_cert::TbsCertificate)) -> Issuer {
    let mut tbs = make::responder_tbs(now);
    change(&mut tbs);
    Issuer { certificate: sign(tbs, &key(make::INTERMEDIATE_KEY)), key: key(OTHER_KEY) }
}

/// One that certified itself, in the issuer's name.
pub fn self_signed_responder(now: Timestamp) -> Issuer {
    let mut tbs = make::responder_tbs(now);
    tbs.subject = tbs.issuer.clone();
    Issuer { certificate: sign(tbs, &key(OTHER_KEY)), key: key(OTHER_KEY) }
}

/// One that somebody certified who has the issuer's name, and another key.
pub fn responder_of_a_stranger(now: Timestamp) -> Issuer {
    Issuer { certificate: sign(make::responder_tbs(now), &key(ROOT_KEY)), key: key(OTHER_KEY) }
}

/// Other purposes for a certificate that is being made.
pub fn set_purposes(certificate: &mut x509_cert::TbsCertificate, purposes: &[&str]) {
    replace(certificate, &purpose(purposes));
}

/// A good chain whose leaf says where its issuer can be asked about it.
pub fn with_ocsp(now: Timestamp) -> TestChain {
    Authority::new(now, ROOT_KEY).test_chain("with a place to ask", None, |leaf| replace(leaf, &make::ocsp_access()))
}

/// A good chain whose leaf has another number than those of all others: what is said of theirs is not said of it.
pub fn somebody_else(now: Timestamp) -> TestChain {
    Authority::new(now, ROOT_KEY).test_chain("somebody else", None, |leaf| leaf.serial_number = 99_u8.into())
}

/// A certificate as a PEM text.
pub fn pem_of(der: &[u8]) -> String {
    pem(der)
}

/// The chains that must be refused at `now`.
pub fn refused(now: Timestamp) -> Vec<TestChain> {
    [dates(now), purposes(now), usages(now), forms(now), orders(now), strangers(now)].into_iter().flatten().collect()
}

fn dates(now: Timestamp) -> Vec<TestChain> {
    let authority = Authority::new(now, ROOT_KEY);
    let mut old_intermediate = authority.test_chain("expired intermediate", profile("expired at"), |_| {});
    let mut tbs = authority.intermediate.tbs_certificate.clone();
    tbs.validity = validity(now, -60, -1);
    old_intermediate.replace_intermediate(&sign(tbs, &key(ROOT_KEY)));
    vec![
        authority.test_chain("expired", profile("expired at"), |leaf| {
            leaf.validity = validity(now, -60, -1);
        }),
        authority.test_chain("not yet valid", profile("is not valid before"), |leaf| {
            leaf.validity = validity(now, 1, 60);
        }),
        old_intermediate,
    ]
}

fn purposes(now: Timestamp) -> Vec<TestChain> {
    let authority = Authority::new(now, ROOT_KEY);
    let with = |name, sentence, purposes: &[&str]| {
        authority.test_chain(name, profile(sentence), |leaf| {
            replace(leaf, &purpose(purposes));
        })
    };
    vec![
        authority.test_chain("no extended key usage", profile("has no extended key usage"), |leaf| {
            remove(leaf, ExtendedKeyUsage::OID);
        }),
        with("extended key usage any", "extended key usage \"any\"", &["2.5.29.37.0", CLAIM_SIGNING]),
        with("code signing only", "its extended key usage is 1.3.6.1.5.5.7.3.3;", &["1.3.6.1.5.5.7.3.3"]),
        with("server authentication only", "its extended key usage is 1.3.6.1.5.5.7.3.1;", &["1.3.6.1.5.5.7.3.1"]),
        with("time-stamping only", "its extended key usage is 1.3.6.1.5.5.7.3.8;", &[TIME_STAMPING]),
        with("time-stamping besides", "another purpose at once", &[CLAIM_SIGNING, TIME_STAMPING]),
    ]
}

fn usages(now: Timestamp) -> Vec<TestChain> {
    let authority = Authority::new(now, ROOT_KEY);
    vec![
        authority.test_chain(
            "certificate authority as signer",
            profile("is a certificate authority; claims"),
            |leaf| {
                replace(leaf, &BasicConstraints { ca: true, path_len_constraint: None });
                replace(leaf, &KeyUsage(KeyUsages::DigitalSignature | KeyUsages::KeyCertSign));
            },
        ),
        authority.test_chain("no key usage", profile("has no key usage"), |leaf| {
            remove(leaf, KeyUsage::OID);
        }),
        authority.test_chain("no digital signature", profile("without digitalSignature"), |leaf| {
            replace(leaf, &KeyUsage(KeyUsages::NonRepudiation.into()));
        }),
        authority.test_chain("signer may issue certificates", profile("keyCertSign without"), |leaf| {
            replace(leaf, &KeyUsage(KeyUsages::DigitalSignature | KeyUsages::KeyCertSign));
        }),
        authority.test_chain("no authority key identifier", profile("has no Authority Key Identifier"), |leaf| {
            remove(leaf, AuthorityKeyIdentifier::OID);
        }),
    ]
}

/// What RFC 5280 or C2PA say of versions, algorithms and fields. The keys of foreign kinds cannot sign.
fn forms(now: Timestamp) -> Vec<TestChain> {
    let authority = Authority::new(now, ROOT_KEY);
    vec![
        authority.test_chain("version 1", profile("is X.509 version 1"), |leaf| {
            leaf.version = Version::V1;
        }),
        authority.test_chain("unique identifier", profile("unique identifier"), |leaf| {
            leaf.subject_unique_id = Some(bits(&[1, 2, 3]));
        }),
        authority.test_chain("key on secp256k1", profile("does not accept: secp256k1"), |leaf| {
            let curve = oid("1.3.132.0.10");
            leaf.subject_public_key_info.algorithm.parameters = Some((&curve).into());
        }),
        authority.test_chain("short RSA key", profile("RSA key of 1024 bits"), |leaf| {
            leaf.subject_public_key_info = rsa_of_1024_bits();
        }),
        authority.test_chain("signed with SHA-1", profile("is signed with 1.2.840.10045.4.1"), |leaf| {
            leaf.signature = AlgorithmIdentifierOwned { oid: oid("1.2.840.10045.4.1"), parameters: None };
        }),
        authority.test_chain("unknown critical extension", profile("critical extension 1.3.6.1.4.1.99999.1"), |leaf| {
            let extn_value = OctetString::new([5, 0]).expect("two bytes");
            let unknown = Extension { extn_id: oid("1.3.6.1.4.1.99999.1"), critical: true, extn_value };
            leaf.extensions.get_or_insert_default().push(unknown);
        }),
    ]
}

fn orders(now: Timestamp) -> Vec<TestChain> {
    let authority = Authority::new(now, ROOT_KEY);
    let mut reversed = authority.test_chain("leaf last", profile("put certificate 2, the signer's own, first"), |_| {});
    reversed.chain.reverse();
    let mut with_root = authority.test_chain("root included", profile("is a root; leave it out"), |_| {});
    with_root.chain.push(with_root.root.clone());
    let mut with_gap =
        authority.test_chain("foreign intermediate", profile("was not issued by the certificate"), |_| {});
    with_gap.replace_intermediate(&sign(intermediate_tbs(now, OTHER_KEY, ROOT_KEY), &key(ROOT_KEY)));
    let mut alone = authority.test_chain("self-signed", profile("is self-signed"), |_| {});
    alone.chain = vec![der(&self_signed(now))];
    vec![reversed, with_root, with_gap, alone]
}

fn self_signed(now: Timestamp) -> Certificate {
    let mut leaf = leaf_tbs(now);
    leaf.issuer = leaf.subject.clone();
    let own = AuthorityKeyIdentifier::try_from(leaf.subject_public_key_info.owned_to_ref());
    replace(&mut leaf, &own.expect("a P-256 key has an identifier"));
    sign(leaf, &key(LEAF_KEY))
}

/// In order by themselves; they do not fit the key, or the root that the reader trusts.
fn strangers(now: Timestamp) -> Vec<TestChain> {
    let authority = Authority::new(now, ROOT_KEY);
    let mut other_key = authority.test_chain("key of another certificate", RefusedBy::KeyMismatch, |_| {});
    other_key.key = key(OTHER_KEY);
    // The same names all the way up; only the key of the root differs.
    let stranger = Authority::new(now, OTHER_KEY);
    let mut unknown_root = stranger.test_chain("unknown root", RefusedBy::TrustList, |_| {});
    unknown_root.root = der(&authority.root);
    vec![other_key, unknown_root]
}
