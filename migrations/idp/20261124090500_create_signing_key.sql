-- A private key of ours, for OpenID Connect or SAML.
create table signing_key (
    signing_key_id uuid primary key,
    purpose text not null, -- 'rsa', 'p256', 'ed25519', 'saml'
    state text not null, -- 'next', 'current', 'retiring'
    sealed bytea not null, -- PKCS#8 under the master key
    certificate bytea, -- DER, SAML alone
    created_at timestamptz not null,
    current_since timestamptz,
    retiring_since timestamptz
);

create unique index signing_key_next on signing_key (purpose) where state = 'next';
create unique index signing_key_current on signing_key (purpose) where state = 'current';
