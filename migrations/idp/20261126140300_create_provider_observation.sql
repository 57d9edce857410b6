-- How one attempt to use or reach a provider ended, so that all replicas say the same of how it does. No row is about
-- anybody; rows live an hour.
create table provider_observation (
    provider_observation_id uuid not null primary key,
    -- Name of the configuration entry.
    provider text not null,
    at timestamptz not null,
    -- answered | failed (a departure) | reached | unreachable (a look at it)
    outcome text not null,
    -- How long the person was away, or the look took; null for failures.
    took_ms bigint
);

create index provider_observation_latest on provider_observation (provider, at);
create index provider_observation_at on provider_observation (at);
