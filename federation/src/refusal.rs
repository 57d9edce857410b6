//! Why an answer was refused: one variant for each reason, each with a stable code.
//!
//! The code goes to logs, audit events and metrics. The person sees one neutral page for all of them. No variant
//! carries anything of the message.

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+) => {
        /// Why an answer was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Refusal {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Refusal {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code for logs, audit events and metrics.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The reason in one sentence, for operators.
            pub const fn reason(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+),)+
                }
            }
        }
    };
}

refusals! {
    // The way here.
    /// The answer did not come by the method its binding uses.
    WrongMethod = "wrong-method",
    /// The body is not a web form.
    NotAForm = "not-a-form",
    /// The message is larger than any genuine one.
    TooLarge = "too-large",
    /// The form or query has no SAML message of the kind expected.
    MessageMissing = "message-missing",
    /// A parameter came twice, or a request and a response came together.
    ParameterRepeated = "parameter-repeated",
    /// The message came without a RelayState.
    RelayStateMissing = "relay-state-missing",
    /// The RelayState is none that we make.
    RelayStateMalformed = "relay-state-malformed",
    /// The message is not base64 of the standard alphabet.
    BadBase64 = "bad-base64",
    /// The message is not a raw deflate stream.
    BadDeflate = "bad-deflate",
    /// The message inflates beyond the limit.
    InflatesTooFar = "inflates-too-far",
    /// The message is not UTF-8.
    NotUtf8 = "not-utf8",
    /// The answer was brought to another provider than the one the browser left for.
    StateOfAnotherProvider = "state-of-another-provider",
    /// The answer came without a state.
    StateMissing = "state-missing",
    /// The state is none that we make.
    StateMalformed = "state-malformed",
    /// The answer has neither a code nor an error.
    CodeMissing = "code-missing",
    /// The answer names another issuer than the provider.
    AnswerIssuerWrong = "answer-issuer-wrong",
    /// The provider promises to name itself in every answer, and this one does not.
    AnswerIssuerMissing = "answer-issuer-missing",
    /// The token endpoint does not take the code.
    CodeRefused = "code-refused",
    /// The token endpoint's answer cannot be read.
    TokenAnswerMalformed = "token-answer-malformed",
    /// The token endpoint gave no ID token.
    IdTokenMissing = "id-token-missing",
    /// The user name or password is wrong.
    WrongCredentials = "wrong-credentials",

    // The document.
    /// The document has a DOCTYPE or another declaration.
    DoctypeForbidden = "doctype-forbidden",
    /// The document has a processing instruction.
    ProcessingInstructionForbidden = "processing-instruction-forbidden",
    /// The document has a comment.
    CommentForbidden = "comment-forbidden",
    /// The document has a CDATA section.
    CdataForbidden = "cdata-forbidden",
    /// The document is nested too deeply.
    TooDeep = "too-deep",
    /// The document has too many elements.
    TooManyElements = "too-many-elements",
    /// The document, or one element of it, has too many attributes.
    TooManyAttributes = "too-many-attributes",
    /// The document declares too many namespaces.
    TooManyNamespaces = "too-many-namespaces",
    /// A namespace name is empty or relative, or a reserved prefix is bound anew.
    StrangeNamespace = "strange-namespace",
    /// The document is not well-formed XML.
    NotWellFormed = "not-well-formed",
    /// The document's root is not the element expected.
    WrongRoot = "wrong-root",
    /// The version is not 2.0.
    WrongVersion = "wrong-version",
    /// An identifier is missing or is no XML name.
    MalformedId = "malformed-id",
    /// An identifier occurs twice.
    DuplicateId = "duplicate-id",
    /// An element has an identifier by another attribute than the protocol's.
    ForeignIdAttribute = "foreign-id-attribute",
    /// An element stands where the protocol has no place for it.
    UnexpectedElement = "unexpected-element",
    /// A protocol element is repeated that may occur once.
    RepeatedElement = "repeated-element",

    // Signatures.
    /// The document has more signatures than any genuine one.
    TooManySignatures = "too-many-signatures",
    /// A signature is not a direct child of what it signs.
    SignatureMisplaced = "signature-misplaced",
    /// A signature has parts that no genuine one has.
    SignatureLayout = "signature-layout",
    /// A signature covers no or several references.
    SeveralReferences = "several-references",
    /// A signature refers to something else than its parent.
    ReferenceNotParent = "reference-not-parent",
    /// A signature uses other transforms than enveloped-signature and exclusive canonicalisation.
    TransformForbidden = "transform-forbidden",
    /// The signed information is canonicalised by another method than exclusive canonicalisation.
    CanonicalizationForbidden = "canonicalization-forbidden",
    /// The signature algorithm is not on our list.
    SignatureAlgorithmForbidden = "signature-algorithm-forbidden",
    /// The digest algorithm is not on our list.
    DigestAlgorithmForbidden = "digest-algorithm-forbidden",
    /// The response is not signed.
    ResponseUnsigned = "response-unsigned",
    /// The response is not signed, and tells of an error only.
    ErrorUnsigned = "error-unsigned",
    /// The assertion is not signed.
    AssertionUnsigned = "assertion-unsigned",
    /// What was signed has been changed.
    DigestMismatch = "digest-mismatch",
    /// The signature was made by no key we trust, or was changed.
    SignatureMismatch = "signature-mismatch",
    /// The signature could not be processed.
    SignatureUnprocessable = "signature-unprocessable",
    /// The certificate of the signing key is not valid at this time.
    CertificateOutOfDate = "certificate-out-of-date",

    // Encryption.
    /// The answer has no assertion.
    AssertionMissing = "assertion-missing",
    /// The answer has more than one assertion.
    SeveralAssertions = "several-assertions",
    /// An assertion stands elsewhere than directly in the response.
    AssertionMisplaced = "assertion-misplaced",
    /// The assertion is not encrypted and has to be.
    AssertionNotEncrypted = "assertion-not-encrypted",
    /// The encrypted data has parts that no genuine one has.
    EncryptionLayout = "encryption-layout",
    /// Encrypted data or an encrypted key stands in the wrong place.
    EncryptionMisplaced = "encryption-misplaced",
    /// There are several encrypted keys.
    SeveralEncryptedKeys = "several-encrypted-keys",
    /// The ciphertext or its key is referred to instead of being there.
    CipherReferenceForbidden = "cipher-reference-forbidden",
    /// The content cipher is not on our list.
    CipherForbidden = "cipher-forbidden",
    /// The content cipher needs a signature over the ciphertext, and there is none.
    CipherNeedsOuterSignature = "cipher-needs-outer-signature",
    /// The key transport is not on our list.
    KeyTransportForbidden = "key-transport-forbidden",
    /// The key transport is rsa-oaep-mgf1p with a SHA-256 digest, which our cryptography cannot do.
    OaepDigestUnsupported = "oaep-digest-unsupported",
    /// The parameters of the key transport are not on our list.
    OaepParametersForbidden = "oaep-parameters-forbidden",
    /// The assertion could not be decrypted with any of our keys.
    DecryptionFailed = "decryption-failed",
    /// The decrypted text is not an assertion.
    PlaintextNotAnAssertion = "plaintext-not-an-assertion",

    // Tokens.
    /// The token is not a compact JWS over a JSON object.
    TokenMalformed = "token-malformed",
    /// The token's header has a member that would change how the rest is read.
    TokenHeaderForbidden = "token-header-forbidden",
    /// The token is signed by a key that the provider does not publish.
    SigningKeyUnknown = "signing-key-unknown",
    /// The token is by another issuer.
    TokenIssuerWrong = "token-issuer-wrong",
    /// The token is for another client, or not for us alone.
    TokenAudienceWrong = "token-audience-wrong",
    /// The token was made for another party.
    TokenPartyWrong = "token-party-wrong",
    /// The token names no subject.
    TokenSubjectMissing = "token-subject-missing",
    /// The token does not say when it was issued.
    TokenIssueTimeMissing = "token-issue-time-missing",
    /// The token does not say when it ends.
    TokenExpiryMissing = "token-expiry-missing",
    /// The token has expired.
    TokenExpired = "token-expired",
    /// The token has no name of its own.
    TokenNameMissing = "token-name-missing",
    /// The token belongs to another login.
    NonceWrong = "nonce-wrong",
    /// The token belongs to another access token.
    AccessTokenHashWrong = "access-token-hash-wrong",
    /// A new login was demanded and the token does not say when it took place.
    AuthTimeMissing = "auth-time-missing",

    // Userinfo.
    /// Userinfo does not take the access token.
    UserinfoRefused = "userinfo-refused",
    /// Userinfo is neither JSON nor a token.
    UserinfoMalformed = "userinfo-malformed",
    /// Userinfo is not signed and has to be.
    UserinfoNotSigned = "userinfo-not-signed",
    /// Userinfo is not encrypted and has to be.
    UserinfoNotEncrypted = "userinfo-not-encrypted",
    /// Userinfo is by another issuer, for another client, or made for another purpose.
    UserinfoPartiesWrong = "userinfo-parties-wrong",
    /// Userinfo, or an answer to a refresh token, speaks of another person than the ID token of the login.
    UserinfoSubjectWrong = "userinfo-subject-wrong",

    // Who, for whom, when.
    /// The response's issuer is missing or another one.
    ResponseIssuerWrong = "response-issuer-wrong",
    /// The assertion's issuer is missing or another one.
    AssertionIssuerWrong = "assertion-issuer-wrong",
    /// The response is addressed elsewhere.
    DestinationWrong = "destination-wrong",
    /// The response answers no request.
    InResponseToMissing = "in-response-to-missing",
    /// The response answers another request.
    InResponseToWrong = "in-response-to-wrong",
    /// A time is missing or is no time in UTC.
    TimeMalformed = "time-malformed",
    /// The response was issued too long ago.
    ResponseTooOld = "response-too-old",
    /// The message was issued in the future.
    IssuedInTheFuture = "issued-in-the-future",
    /// The provider reports an error.
    ProviderStatus = "provider-status",
    /// The provider reports, and has signed, that it cannot answer at the moment.
    ProviderFailed = "provider-failed",
    /// The same without a signature: whoever holds the browser can say so.
    ProviderSaysFailed = "provider-says-failed",
    /// The provider reports that it cannot do what we ask.
    ProviderRefusesRequest = "provider-refuses-request",
    /// The response has no status.
    StatusMissing = "status-missing",
    /// The assertion has no subject.
    SubjectMissing = "subject-missing",
    /// The subject has no name, or one that cannot be a name.
    NameIdMalformed = "name-id-malformed",
    /// The subject's name has another format than the one agreed.
    NameIdFormatWrong = "name-id-format-wrong",
    /// The subject is not confirmed by bearer.
    ConfirmationMissing = "confirmation-missing",
    /// The confirmation is for another recipient.
    RecipientWrong = "recipient-wrong",
    /// The confirmation answers another request.
    ConfirmationInResponseToWrong = "confirmation-in-response-to-wrong",
    /// The confirmation has no end.
    ConfirmationWithoutEnd = "confirmation-without-end",
    /// The confirmation has expired.
    ConfirmationExpired = "confirmation-expired",
    /// The confirmation is not valid yet.
    ConfirmationNotYetValid = "confirmation-not-yet-valid",
    /// The assertion has no conditions, or conditions without an end.
    ConditionsMissing = "conditions-missing",
    /// The assertion is not valid yet.
    ConditionsNotYetValid = "conditions-not-yet-valid",
    /// The assertion has expired.
    ConditionsExpired = "conditions-expired",
    /// The assertion claims to be valid far longer than any genuine one.
    ValidityTooLong = "validity-too-long",
    /// The assertion has a condition we do not know.
    ConditionUnknown = "condition-unknown",
    /// The assertion names no audience.
    AudienceMissing = "audience-missing",
    /// The assertion is for another audience.
    AudienceWrong = "audience-wrong",

    // How the person logged in.
    /// The assertion says nothing about a login.
    AuthnStatementMissing = "authn-statement-missing",
    /// The assertion speaks of several logins.
    SeveralAuthnStatements = "several-authn-statements",
    /// The login lies in the future.
    AuthnInTheFuture = "authn-in-the-future",
    /// A new login was demanded and an old one returned.
    AuthnNotFresh = "authn-not-fresh",
    /// The provider's session has ended.
    ProviderSessionEnded = "provider-session-ended",
    /// The assertion names no level.
    LevelMissing = "level-missing",
    /// The assertion names several levels.
    SeveralLevels = "several-levels",
    /// The level is none we know.
    LevelUnknown = "level-unknown",
    /// The level is lower than asked.
    LevelTooLow = "level-too-low",
    /// The login was cancelled or failed at the provider.
    NotCompleted = "not-completed",

    // About the person.
    /// An attribute occurs twice.
    AttributeRepeated = "attribute-repeated",
    /// An attribute has no or several values, or a value with elements inside.
    AttributeMalformed = "attribute-malformed",
    /// An attribute is longer than any genuine one.
    AttributeTooLong = "attribute-too-long",
    /// An attribute has control or bidirectional formatting characters.
    AttributeUnsafe = "attribute-unsafe",
    /// An attribute's value is not of its type.
    AttributeType = "attribute-type",
    /// An address cannot be read.
    AddressMalformed = "address-malformed",
    /// An attribute is missing without which the login cannot complete.
    RequiredAttributeMissing = "required-attribute-missing",
    /// The person identifier is missing.
    PersonIdentifierMissing = "person-identifier-missing",
    /// The person identifier and the subject's name differ.
    PersonIdentifierMismatch = "person-identifier-mismatch",
    /// The person comes through another state, and this is switched off.
    ForeignPersonNotAllowed = "foreign-person-not-allowed",

    // Messages about logout.
    /// The logout request is not signed.
    LogoutUnsigned = "logout-unsigned",
    /// A parameter of the signed query is missing.
    QueryParameterMissing = "query-parameter-missing",
    /// The query's parameters are not in the order the signature covers.
    QueryOrder = "query-order",
    /// The logout request has expired or was issued too long ago.
    LogoutExpired = "logout-expired",

    // Data boxes.
    /// The browser came back without the number we sent (appToken).
    AppTokenMissing = "app-token-missing",
    /// The number is none that we make.
    AppTokenMalformed = "app-token-malformed",
    /// The browser came back without a sessionId.
    SessionIdMissing = "session-id-missing",
    /// The sessionId cannot be one.
    SessionIdMalformed = "session-id-malformed",
    /// ISDS does not know the sessionId, or it was used before.
    SessionSpent = "session-spent",
    /// The answer has a status that is not known.
    StatusUnknown = "status-unknown",
    /// The login that ISDS tells of was begun with another number.
    AppTokenOfAnother = "app-token-of-another",
    /// ISDS does not repeat the number of the login, as it has to.
    AppTokenUnconfirmed = "app-token-unconfirmed",
    /// The message is no SOAP 1.1 message.
    NotSoap = "not-soap",
    /// The message has a header that must be understood.
    SoapHeaderNotUnderstood = "soap-header-not-understood",
    /// The message's body does not hold exactly one element.
    SoapBodyNotOneEntry = "soap-body-not-one-entry",
    /// The message has an entity of its own.
    EntityForbidden = "entity-forbidden",
    /// The answer is in a namespace that is not configured.
    ForeignNamespace = "foreign-namespace",
    /// The answer names no box.
    BoxMissing = "box-missing",
    /// The id of the box cannot be one.
    BoxIdMalformed = "box-id-malformed",
    /// The answer does not say what type the box is of.
    BoxTypeMissing = "box-type-missing",
    /// The user's identifier cannot be one.
    UserIdMalformed = "user-id-malformed",
    /// The box is that of an authority, and this way in is not for officers.
    BoxOfOffice = "box-of-office",
    /// The logout token is a token of another type.
    LogoutTokenType = "logout-token-type",
    /// The logout token names neither a subject nor a session.
    LogoutTokenNamesNobody = "logout-token-names-nobody",
    /// The logout token carries no logout event.
    LogoutEventMissing = "logout-event-missing",
    /// The logout token carries a nonce, as only ID tokens do.
    LogoutTokenNonce = "logout-token-nonce",

    // Officers.
    /// The officer is one of another office.
    OfficeWrong = "office-wrong",
    /// The officer's identity was not established.
    OfficerNotIdentified = "officer-not-identified",
    /// The officer has no role in this application.
    RoleMissing = "role-missing",

    // Notifications.
    /// The notification has no events, or one that names nobody.
    NotificationMalformed = "notification-malformed",
}

impl Refusal {
    /// What an operator can do about it, when the cause may be in the house.
    pub const fn hint(self) -> Option<&'static str> {
        match self {
            Self::OaepDigestUnsupported => Some(
                "The provider encrypts keys by rsa-oaep-mgf1p with a SHA-256 digest. Ask it for rsa-oaep-mgf1p with SHA-1, \
                 or for rsa-oaep (XML Encryption 1.1) with SHA-256 and MGF1-SHA-256.",
            ),
            Self::SignatureMismatch => Some(
                "If this happens to everybody, the provider has a new signing certificate: compare it with the pinned ones.",
            ),
            Self::ErrorUnsigned => Some(
                "The provider says that something failed there; what it says stands in a line before, and nothing of it was \
                 believed. Ask it to sign its errors, too.",
            ),
            Self::CertificateOutOfDate => Some("Pin the provider's current signing certificate."),
            Self::DecryptionFailed => Some(
                "If this happens to everybody, the provider encrypts to a certificate whose key we no longer hold.",
            ),
            Self::ConditionsNotYetValid
            | Self::ConditionsExpired
            | Self::IssuedInTheFuture
            | Self::ResponseTooOld
            | Self::TokenExpired => Some("Compare this machine's clock with the provider's."),
            Self::AudienceWrong | Self::DestinationWrong | Self::RecipientWrong => Some(
                "Compare the registration at the provider with entity_id and the answer address.",
            ),
            Self::AppTokenUnconfirmed => Some(
                "If this happens to everybody, ISDS does not pass appToken on. See `require_app_token`.",
            ),
            Self::ForeignNamespace => {
                Some("If this happens to everybody, name the service's namespace in `namespaces`.")
            }
            Self::BoxMissing | Self::BoxTypeMissing => Some(
                "If this happens to everybody, select the attribute in the registration, or name it in `attribute`.",
            ),
            Self::BoxOfOffice => Some("Such logins are accepted only when `allow_offices` is set."),
            Self::TokenIssuerWrong => Some(
                "Compare the configured issuer with the provider's, character by character, a final slash included.",
            ),
            Self::SignatureAlgorithmForbidden => Some(
                "If this happens to everybody, name the provider's algorithm in the configuration.",
            ),
            Self::UserinfoNotSigned | Self::UserinfoNotEncrypted => Some(
                "Compare how the provider protects userinfo with what the configuration demands.",
            ),
            Self::CipherForbidden => {
                Some("aes128-cbc is accepted only when `allow_aes128_cbc` is set.")
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.code(), self.reason())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_refusal_has_a_code_of_its_own() {
        let codes: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();

        assert_eq!(codes.len(), Refusal::ALL.len());
        assert!(codes.iter().all(|code| {
            code.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        }));
    }
}
