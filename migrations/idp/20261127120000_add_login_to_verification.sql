-- The best login through the link by which this was proved: single | multi | strong. Null for the counter. With the identity level it
-- is what a way in is worth, and what a login must reach again before ways in or contacts change.
alter table verification add column login_level text;
update verification set login_level = (
    select case max(case authentication.login_level when 'strong' then 3 when 'multi' then 2 else 1 end)
           when 3 then 'strong' when 2 then 'multi' when 1 then 'single' end
    from authentication
    where authentication.verification_id = verification.verification_id);
