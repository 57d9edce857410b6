# Stránky úředníků.

staff-title = Úřední přihlášení
staff-lead = Jste přihlášeni jako úřední osoba. S vaším občanským účtem toto přihlášení nijak nesouvisí.
staff-name = Jméno
staff-office = Úřad
staff-roles = Role
staff-since = Přihlášeni od
staff-until = Přihlášení skončí nejpozději
staff-roles-what = Role vám přiděluje lokální administrátor vašeho úřadu v systému CAAIS. Změna se projeví při příštím přihlášení.

staff-login-title = Přihlášení úředníků
staff-login-lead = Přihlásíte se svým úředním účtem. Přístup mají jen úřední osoby města, které tu mají přidělenou roli.
staff-submit = Přihlásit se přes { $provider }
staff-login-people = Nejste úřední osoba? { $account }
staff-login-people-link = Přihlaste se do Mojí identity
staff-left-title = Jste odhlášeni
staff-left-text = Na sdíleném počítači pro jistotu zavřete prohlížeč.
staff-cancelled-title = Přihlášení se nedokončilo
staff-cancelled-text = { $provider }: přihlášení bylo zrušeno. Můžete to zkusit znovu.
staff-down-title = Přihlašovací systém teď neodpovídá
staff-down-text = { $provider }: chyba není u vás. Zkuste to prosím za chvíli znovu.
staff-again-title = Přihlášení je potřeba zopakovat
staff-again-text = Odpověď se cestou ztratila. Nic se nestalo, začněte prosím znovu.
way-staff = Zpět na přihlášení úředníků

role-idp-verifier = Ověřování totožnosti na přepážce
role-idp-supervisor = Schvalování jako druhý úředník
role-idp-clients = Správa napojených služeb
role-idp-admin = Správa Městské identity
role-portal-editor = Redakce portálu
role-portal-publisher = Zveřejňování na portálu
role-portal-operator = Dohled nad podáními
role-portal-support = Podpora občanů
role-portal-auditor = Nahlížení do záznamů portálu
role-portal-admin = Správa portálu
