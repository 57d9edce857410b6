# Přihlášení: volba způsobu, vyšší úroveň, předání údajů.

login-service = Přihlášení do služby { $service }
login-account = Přihlášení do Městské identity

choice-title = Jak se chcete přihlásit?
choice-lead = Vyberte způsob, který už používáte odjinud. Nový účet zakládat nemusíte.
choice-ways = Způsoby přihlášení
choice-known = Naposledy jste použili
choice-place = Vybrat rovnou banku
choice-place-other = Vybrat jinou banku
choice-forget = Nepamatovat si, čím se přihlašuji
choice-none = Nemám žádný z těchto způsobů
choice-none-nia = Identitu občana si zdarma zařídíte na { $address }: občanským průkazem s čipem, Mobilním klíčem eGovernmentu nebo přes svou banku.
choice-back = Zpět do služby { $service } bez přihlášení
choice-needed = Co tato služba potřebuje
choice-needed-what = Službě stačí kterýkoli způsob ze seznamu.
choice-privacy = Státu ani nikomu jinému neříkáme, co u města vyřizujete. Službě předáme jen údaje, které potřebuje.

again-title = Přihlaste se prosím znovu
again-lead = Služba si přeje čerstvé přihlášení, aby měla jistotu, že jste to opravdu vy.
again-untold-lead = Služba nebo stránka, kterou otevíráte, potřebuje vědět, že jste se přihlásili právě teď. Způsob, kterým jste se přihlásili, nám čas přihlášení neříká a o nové přihlášení ho požádat nelze. Přihlaste se prosím jiným způsobem, který už máte ke svému účtu připojený. Pokud žádný nemáte, přihlaste se jiným způsobem i tak a svůj dosavadní způsob k němu pak v účtu připojte. Nepoznáme-li při tom s jistotou, že jde o vás, rozhodne o spojení úředník. Zavřít účet nebo se vzdát oprávnění můžete i bez toho: odhlaste se, přihlaste se znovu jako obvykle a udělejte to do několika minut.

select-title = Pod kým chcete pokračovat?
select-lead = V tomto prohlížeči už přihlášení běží. Můžete v něm pokračovat, nebo se přihlásit jinak.
select-swapped-lead = Teď je tu přihlášen někdo jiný než na začátku, nebo jste to vy pod jiným účtem. Pokračujte, jen pokud jste to vy; jinak se přihlaste znovu.
select-continue = Pokračovat v současném přihlášení
select-continue-as = Pokračovat jako { $name }
select-by = Přihlášení: { $ways }
select-other = Přihlásit se jinak

step-up-title = Potřebujeme vás lépe ověřit
too-low-title = Toto přihlášení nestačí
step-up-lead = Služba smí svá data ukázat jen člověku, jehož totožnost je ověřená lépe, než dokládá vaše současné přihlášení.
step-up-lead-login = Služba smí svá data ukázat jen tomu, kdo se přihlásí bezpečněji, než jste přihlášeni teď.
step-up-lead-law = Služba smí přijmout jen přihlášení, jehož úroveň platí ze zákona. Vaše současné přihlášení takovou platnost nemá.
step-up-where = Kde jste a kam potřebujete
step-up-how = Jak se přihlašujete
step-up-in-law = Úroveň musí platit ze zákona o elektronické identifikaci: stačí jen přihlášení přes Identitu občana.
step-up-now = Teď máte
step-up-goal = Služba vyžaduje
step-up-enough = Stačí také
step-up-ways = Ověřte se hned
step-up-gain = Získáte úroveň { $level }.
step-up-gain-login = Získáte úroveň { $level }. Přihlášení: { $login }.
step-up-safe = Nic neztratíte
step-up-safe-what = Po ověření budete ve službě pokračovat na stejném místě.

health-reached = Funguje
health-works = Funguje, přihlášení trvá asi { $seconds } s
health-slow = Teď odpovídá pomalu: přihlášení trvá asi { $seconds } s. Měřeno v { $time }.
health-unsteady = Některá přihlášení se teď nedaří: { $failed } z posledních { $of }, naposledy v { $time }.
health-held-back = Několik dotazů za sebou se teď nezdařilo. Přihlášení se nemusí podařit.
health-instead = Stejnou nebo vyšší úroveň získáte také přes: { $names }.
health-suffices = Potřebnou úroveň získáte také přes: { $names }.
health-said-out = Nedávno se odtud víc lidí vrátilo s tím, že přihlášení má výpadek, naposledy v { $time }. Přihlášení se nemusí podařit.
health-down = Teď neodpovídá, naposledy jsme to zkoušeli v { $time }. Vyberte jiný způsob, nebo to zkuste později.

notice-restarted-title = Předchozí přihlášení vypršelo
notice-restarted-text = Začínáme proto znovu, do stejné služby. Nic jsme nikomu nepředali.
notice-cancelled-title = Přihlášení se nedokončilo
notice-ended-there-title = Přihlášení skončilo bez výsledku
notice-ended-there-text = Způsob „{ $provider }“ vás k nám poslal zpět bez přihlášení: buď jste ho zrušili, nebo jste nesouhlasili s předáním údajů, nebo se tam něco nepovedlo. Nic jsme nikomu nepředali. Zkuste to znovu, nebo se přihlaste jinak.
notice-cancelled-text = Způsob „{ $provider }“ nám oznámil, že přihlášení nebylo dokončeno: bylo zrušeno, nebo se tam nepodařilo. Můžete to zkusit znovu nebo jinak.
notice-no-identity-title = Elektronickou identitu tam zatím nemáte
notice-no-identity-text = Způsob „{ $provider }“ nám oznámil, že u zvolené banky nemáte platnou elektronickou identitu. Opakovat přihlášení nepomůže. Zřiďte si ji ve své bance, vyberte banku, kde ji už máte, nebo se přihlaste jiným způsobem.
notice-not-eligible-title = Tímto způsobem se přihlásit nemůžete
notice-not-eligible-text = Způsob „{ $provider }“ nám oznámil, že vaši totožnost potvrdit nesmí. Důvodem bývá věk, omezená svéprávnost nebo slabší ověření v bance. Důvod vám sdělí vaše banka, nám ho neříká. Přihlaste se jiným způsobem, nebo svou věc vyřiďte osobně na úřadě.
notice-box-of-office-title = Schránkou úřadu se tu přihlásit nelze
notice-box-of-office-text = Přihlásili jste se do datové schránky úřadu. Sem se lidé přihlašují za sebe, za firmu nebo za spolek. Přihlaste se svou vlastní schránkou nebo jiným způsobem.
notice-withheld-title = Bez vašeho souhlasu to nejde
notice-withheld-text = Při přihlášení přes „{ $provider }“ jste nesouhlasili s předáním těchto údajů: { $withheld }. Bez nich přihlášení dokončit nemůžeme. Zkuste to znovu a jejich předání povolte, nebo se přihlaste jiným způsobem.
notice-too-low-title = Toto přihlášení nestačí
notice-too-low-text = Způsob „{ $provider }“ potvrdil nižší úroveň, než služba vyžaduje.
notice-not-anew-title = Přihlášení nebylo čerstvé
notice-not-anew-text = Služba si přeje nové přihlášení, ale způsob „{ $provider }“ použil dřívější. Zkuste to prosím znovu.
notice-down-title = { $provider } teď neodpovídá
notice-down-text = Chyba není u vás. Vyberte jiný způsob, nebo to zkuste za chvíli znovu.
notice-branch-gone-title = Tuto banku teď nabídnout nemůžeme
notice-branch-gone-text = „{ $provider }“ ji v tuto chvíli nenabízí. Vyberte jinou banku, nebo pokračujte bez výběru.
notice-again-title = Přihlášení je potřeba zopakovat
notice-again-text = Odpověď se cestou ztratila nebo přišla pozdě. Nikdo ji nepoužil.

depart-title = Přesměrováváme vás k přihlášení

demo-title = Přihlášení vymyšlené osoby
demo-lead = Tato stránka existuje jen v pískovišti. Přihlašují se zde vymyšlené osoby pro zkoušení.
demo-username = Uživatelské jméno
demo-password = Heslo
demo-submit = Přihlásit se
demo-cancel = Zrušit
demo-wrong = Přihlášení se nepovedlo
demo-wrong-what = Uživatelské jméno nebo heslo nesouhlasí.

information-title = Tyto údaje předáme službě { $service }
information-lead = Služba je dostane teď při přihlášení a pak vždy, když se do ní přihlásíte. Bez vašeho potvrzení neodejde nic.
information-needed = Bez nich vás služba nepřihlásí
information-optional = Můžete přidat
information-nothing-held = zatím nemáme, nepředáme nic
information-missing = Až je budeme mít
information-missing-what = Teď je o vás nevedeme, předáme je, až přijdou s některým přihlášením.
information-proof = Doklad o ověření
information-proof-what = Kdo vaše údaje ověřil, kdy a na jaké úrovni.
information-way = Způsob přihlášení
information-way-what = Kterou cestou a jak silně jste se přihlásili.
information-sub = Značka
information-sub-what = Náhodné číslo, podle kterého vás příště pozná { $organisation }. Jiné organizace uvidí jiné.
information-level = Úroveň ověření
information-offline = Přístup i později
information-offline-what = Služba si smí údaje obnovit i po odhlášení, dokud jí to nezrušíte.
information-remembered = Volbu si zapamatujeme a zeptáme se znovu, až bude služba chtít víc. Odvolat ji můžete kdykoli na stránce Služby s vašimi údaji.
information-submit = Předat údaje a pokračovat
information-back = Nepředávat a vrátit se
information-who = Kdo údaje dostane
information-for-service = služba { $service }
information-purpose = K čemu
information-privacy = Jak služba s údaji zachází
information-unseen = Co { $service } neuvidí
information-unseen-what = Co vyřizujete u jiných služeb, které další služby používáte, ani jakou cestou se přihlašujete. Nic, co není v seznamu.
information-unseen-what-but-the-way = Co vyřizujete u jiných služeb, ani které další služby používáte. Nic, co není v seznamu.

provider-nia-name = Identita občana
provider-nia-words = eObčanka, Mobilní klíč eGovernmentu, NIA ID nebo bankovní identita.
provider-saml-name = Přihlášení přes partnera
provider-saml-words = Účet, který máte u partnerské organizace.
provider-isds-name = Datová schránka
provider-isds-words = Údaje, kterými se přihlašujete do datové schránky, své nebo firemní.
provider-oidc-name = Přihlášení přes partnera
provider-oidc-words = Účet, který máte u partnerské organizace.
provider-bank_id-name = Bankovní identita
provider-bank_id-words = Přihlašovací údaje, které máte ve své bance.
provider-caais-name = CAAIS
provider-caais-words = Účet úřední osoby.
provider-demo-name = Zkušební přihlášení
provider-demo-words = Vymyšlené osoby, jen v pískovišti.

level-unverified = Neověřený účet
level-contact = Ověřený kontakt
level-town = Ověřená totožnost
level-state = Ověřeno státem
level-state_high = Ověřeno státem, vysoká záruka
level-unverified-explained = Nikdo zatím neověřil, kdo jste
level-contact-explained = Známe kontakt na vás, nebo nízkou úroveň státního přihlášení
level-town-explained = Totožnost ověřil úřad, banka nebo datová schránka
level-state-explained = Přihlášení přes Identitu občana
level-state_high-explained = Identita občana s vysokou zárukou: eObčanka, karta Starcos nebo mojeID s certifikovaným klíčem
login-level-single = Jednoduché přihlášení
login-level-single-explained = Stačí jedno potvrzení, třeba heslo
login-level-multi = Dvoufázové přihlášení
login-level-multi-explained = Dvě různá potvrzení, třeba heslo a telefon
login-level-strong = Nejbezpečnější přihlášení
login-level-strong-explained = Dvě potvrzení, z toho jedno vázané na zařízení nebo kartu

logout-question-title = Chcete se odhlásit?
logout-question-lead = Odhlásíme vás z Městské identity. Službám, do kterých jste v tomto prohlížeči s její pomocí vstoupili a které takové zprávy přijímají, dáme vědět, aby vás odhlásily také.
logout-submit = Odhlásit se
logout-stay = Zůstat v přihlášení
logout-done-title = Odhlášení je hotové
logout-done-lead = V Městské identitě už v tomto prohlížeči nikdo přihlášený není.
logout-told =
    { $count ->
        [one] O odhlášení dáváme vědět jedné službě, do které jste byli přihlášeni.
       *[other] O odhlášení dáváme vědět { $count } službám, do kterých jste byli přihlášeni.
    }
logout-untold =
    { $count ->
        [one] Jedna služba, do které jste byli přihlášeni, takové zprávy nepřijímá. Odhlaste se v ní zvlášť.
        [few] { $count } služby, do kterých jste byli přihlášeni, takové zprávy nepřijímají. Odhlaste se v každé z nich zvlášť.
       *[other] { $count } služeb, do kterých jste byli přihlášeni, takové zprávy nepřijímá. Odhlaste se v každé z nich zvlášť.
    }
logout-no-services = Do žádné služby jste přes Městskou identitu přihlášeni nebyli.
logout-done-shared = Jste-li u cizího počítače, zavřete ještě všechna okna prohlížeče.
logout-open = Na sdíleném počítači se odhlaste i z portálu datových schránek
logout-open-what = Přihlásili jste se datovou schránkou a její portál vás v tomto prohlížeči může mít dál za přihlášené. My vás tam odhlásit neumíme. Kdo by po vás zvolil přihlášení datovou schránkou, dostal by se dovnitř jako vy.
logout-open-portal = Otevřít portál datových schránek
logout-doubt = { $provider }: odpověď jsme nepřijali
logout-doubt-what = Tady jste odhlášeni. Zpráva o odhlášení, kterou poskytovatel { $provider } poslal, však neprošla ověřením, takže nevíme, zda vás odhlásil také. Pro jistotu se odhlaste i u něj, nebo zavřete všechna okna prohlížeče.
logout-onwards = Pokračovat
logout-again = Přihlásit se znovu

way-account = Otevřít Moji identitu
way-login = Zkusit přihlášení znovu
note-nothing-handed-over = Nikomu jsme nic nepředali.
detail-provider = Poskytovatel: { $provider }.
