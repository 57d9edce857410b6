// What a provider may say that must not be believed: one lie each, and the reason for which it is refused.
//
// `late`: found out only once userinfo has been asked, which nobody does for a token that is no good in itself.

import { unsigned } from "./liar.mjs";

/** Lies that every kind of provider could tell. */
const COMMON = [
  { lie: "another issuer", tell: () => ({ claims: { iss: "https://somebody-else.example" } }), code: "token-issuer-wrong" },
  { lie: "no subject", tell: () => ({ claims: { sub: undefined } }), code: "token-subject-missing" },
  { lie: "another audience", tell: () => ({ claims: { aud: "somebody-else" } }), code: "token-audience-wrong" },
  { lie: "one audience too many", tell: () => ({ claims: { aud: ["city broker", "somebody-else"] } }), code: "token-audience-wrong" },
  { lie: "another party", tell: () => ({ claims: { azp: "somebody-else" } }), code: "token-party-wrong" },
  { lie: "no time of issue", tell: () => ({ claims: { iat: undefined } }), code: "token-issue-time-missing" },
  { lie: "expired", tell: () => ({ claims: { exp: 1_700_000_000 } }), code: "token-expired" },
  { lie: "another nonce", tell: () => ({ claims: { nonce: "of-another-login" } }), code: "nonce-wrong" },
  { lie: "no nonce", tell: () => ({ claims: { nonce: undefined } }), code: "nonce-wrong" },
  { lie: "another access token", tell: () => ({ claims: { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" } }), code: "access-token-hash-wrong" },
  { lie: "no signature at all", tell: () => ({ token: unsigned }), code: "signature-algorithm-forbidden" },
  { lie: "an algorithm that was not agreed on", tell: (liar) => ({ token: liar.signedBy("RS512") }), code: "signature-algorithm-forbidden" },
  { lie: "a signature that does not hold", tell: (liar) => ({ token: liar.tampered("somebody-else") }), code: "signature-mismatch" },
  { lie: "a stranger's key under the known name", tell: (liar) => ({ token: liar.signedByAStranger("one") }), code: "signature-mismatch" },
  { lie: "a stranger's key under a new name", tell: (liar) => ({ token: liar.signedByAStranger("three") }), code: "signing-key-unknown" },
  { lie: "userinfo about somebody else", tell: () => ({ userinfo: { sub: "somebody-else" } }), code: "userinfo-subject-wrong", late: true },
  { lie: "userinfo about nobody", tell: () => ({ userinfo: { sub: undefined } }), code: "userinfo-subject-wrong", late: true },
];

/** The lies of each kind. */
export const LIES = {
  oidc: [
    ...COMMON,
    { lie: "the issuer with a slash", tell: (liar) => ({ claims: { iss: `${liar.issuer}/` } }), code: "token-issuer-wrong" },
  ],
  bank_id: [
    ...COMMON,
    { lie: "the issuer without its slash", tell: (liar) => ({ claims: { iss: liar.origin } }), code: "token-issuer-wrong" },
    { lie: "the algorithm of everybody else", tell: (liar) => ({ token: liar.signedBy("RS256") }), code: "signature-algorithm-forbidden" },
    { lie: "the level that was taken away", tell: () => ({ claims: { acr: "loa2" } }), code: "level-unknown", late: true },
    { lie: "no level", tell: () => ({ claims: { acr: undefined } }), code: "level-missing", late: true },
    { lie: "no time of login", tell: () => ({ claims: { auth_time: undefined } }), code: "auth-time-missing", late: true },
    { lie: "a profile of somebody else", tell: () => ({ profile: { sub: "somebody-else" } }), code: "userinfo-subject-wrong", late: true },
  ],
};
