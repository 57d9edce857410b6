# Kontakty a oznámení.

nav-contacts = Kontakty a oznámení
way-contacts = Zpět na kontakty

contacts-title = Kontakty a oznámení
contacts-lead = Na potvrzené adresy vám napíšeme pokaždé, když se s vaší identitou něco stane.
contacts-no-mail = Město zatím e-maily neposílá
contacts-no-mail-what = Oznámení najdete na této stránce.
contacts-addresses = Vaše adresy
contacts-none = Zatím žádnou nemáte. Přidejte si aspoň jednu, ať vám o změnách můžeme dát vědět.
contacts-email = E-mail
contacts-email-hint = Pošleme tam kód, kterým adresu potvrdíte. Například jana@example.cz
contacts-address = E-mail nebo telefon
contacts-phone = Na telefon zatím nic neposíláme.
contacts-prove = Než něco změníte, požádáme vás o nové přihlášení.
contacts-proved = Přihlášení jsme ověřili
contacts-proved-what = Teď můžete kontakty změnit.
contacts-state = Stav
contacts-confirm = Potvrdit
contacts-remove = Odebrat
contacts-add = Přidat adresu
contacts-add-submit = Přidat a poslat kód
contacts-told = Co jsme vám oznámili
contacts-told-none = Zatím nic. S vaší identitou se nic nezměnilo.
contact-vouched = ověřeno · { $provider } · { $date }
contact-proven = potvrzeno · { $date }
contact-stated = nepotvrzeno
contact-stated-through = nepotvrzeno · zdroj: { $provider }
contact-refused = Poštovní server adresu odmítl ({ $date }). Zkontrolujte ji.

contact-code-title = Potvrzení e-mailu
contact-code-sent = Na adresu { $address } jsme poslali zprávu s kódem. Pokud nepřijde do 10 minut, podívejte se do nevyžádané pošty.
contact-code-send-lead = Na adresu { $address } pošleme kód, kterým ji potvrdíte.
contact-code = Kód z e-mailu
contact-code-hint = Osm číslic. Platí 24 hodin.
contact-code-send = Poslat kód
contact-code-again = Poslat nový kód

contact-undo-title = Vrátit odebraný kontakt?
contact-undo-lead = Z městské identity byla odebrána adresa { $address }.
contact-undo-then-back = Adresa bude zase potvrzená a budeme na ni psát.
contact-undo-then-devices = Identitu odhlásíme na všech zařízeních, i na tomto.
contact-undo-then-once = Odkaz platí jednou a jen pro toto odebrání.
contact-undo-yes = Vrátit adresu
contact-undo-no = Pokud jste adresu odebrali sami, stránku zavřete. Nic se nestane.
contact-restored-title = Adresa je zpátky
contact-restored-lead = Budeme na ni zase psát a všechna zařízení jsme odhlásili.
contact-restored-next = Podívejte se ještě
contact-restored-ways = Čím se k městské identitě přihlašuje
contact-restored-contacts = Kam o ní píšeme

contact-error-no-mail = Adresu teď potvrdit nejde, město zatím e-maily neposílá
contact-error-address = Zadejte e-mail ve tvaru jmeno@example.cz, bez háčků a čárek
contact-error-known = Tuto adresu už máte potvrzenou
contact-error-many = Víc než pět adres mít nejde, nejdřív některou odeberte
contact-error-too-many-mails = O kód jste žádali příliš často, zkuste to za hodinu nebo zítra
contact-error-code = Kód nesouhlasí. Opište osm číslic z poslední zprávy
contact-error-over = Tento kód už neplatí. Nechte si poslat nový

told-mail-kept = { $address }: neodesláno, město zatím e-maily neposílá
told-mail-waiting = { $address }: čeká na odeslání
told-mail-sending = { $address }: odesílá se
told-mail-sent = { $address }: odesláno
told-mail-refused = { $address }: poštovní server adresu odmítl
told-mail-unknown = { $address }: nevíme, zda zpráva došla
told-mail-failed = { $address }: nepodařilo se odeslat
told-address-gone = odebraná adresa

err-con-101-title = Tuto adresu už má potvrzenou jiná identita
err-con-101-what = Kód souhlasil, ale adresa patří k jiné městské identitě. Je-li také vaše, přihlaste se do ní; jinak použijte jinou adresu.
err-con-101-help = E-mail je potvrzený u jiného účtu. Má-li člověk dva účty, propojte je; jde-li o společnou schránku, může ji mít jen jeden.

err-con-102-title = Tento odkaz už neplatí
err-con-102-what = Adresa už je zpátky, odkaz někdo použil, nebo uplynuly tři dny od odebrání. Přihlaste se a podívejte se na své kontakty.
err-con-102-help = Odkaz na vrácení kontaktu platí 72 hodin a jen jednou. Kontakt může člověk po přihlášení přidat znovu.

err-con-103-title = Adresu už má potvrzenou jiná identita
err-con-103-what = Od odebrání ji potvrdil někdo jiný, proto ji vrátit nejde. Přihlaste se a přidejte jinou adresu.
err-con-103-help = Odebraná adresa je mezitím potvrzená u jiného účtu. Má-li člověk dva účty, propojte je.
