# Stav způsobů přihlášení.

foot-status = Stav přihlášení
status-title = Jak teď fungují způsoby přihlášení
status-lead = Co jsme v poslední půlhodině viděli u každého z nich. Nejde-li některý, vyberte při přihlášení jiný.
status-as-of = Stav k { $when }
health-quiet = V poslední době ho nikdo nepoužil
