# Stav způsobů přihlášení.

foot-status = Stav přihlášení
status-title = Jak teď fungují způsoby přihlášení
status-lead = Co jsme v poslední půlhodině viděli u každého z nich. Nejde-li některý, vyberte při přihlášení jiný.
status-as-of = Stav k { $when }
health-quiet = V poslední době ho nikdo nepoužil
status-look = Poslední zkouška spojení v { $time }: odpověď za { $milliseconds } ms.
status-look-missed = Poslední zkouška spojení v { $time } se nezdařila.
status-held-back = Po několika chybách za sebou mu teď na chvíli neposíláme další dotazy.
