# Oznámení o tom, co se stalo s identitou, na stránce a v e-mailu; kódy.

told-link-added = K vaší městské identitě přibyl způsob přihlášení: { $provider }.
told-link-removed = Z vaší městské identity byl odebrán způsob přihlášení: { $provider }.
told-link-replaced = U vaší městské identity se změnil účet, kterým se přihlašujete: { $provider }.
told-case-same = Městský úřad posoudil způsob přihlášení „{ $provider }“ a rozhodl, že je váš. Otevírá vaši městskou identitu.
told-case-another = Městský úřad posoudil způsob přihlášení „{ $provider }“ a rozhodl, že patří někomu jinému. Vaši městskou identitu neotevírá.
told-case-closed = Městský úřad posoudil způsob přihlášení „{ $provider }“. Na vaší městské identitě se nic nemění.
told-accounts-merged = Vaše dvě městské identity jsme spojili v jednu.
told-merge-undone = Spojení vašich městských identit bylo zrušeno. Zase máte dvě.
told-mandate-added = Můžete teď u města jednat za: { $body }.
told-mandate-ended = U města už nemůžete jednat za: { $body }.
told-contact-added = K vaší městské identitě přibyl další potvrzený kontakt.
told-contact-removed = Z vaší městské identity byl odebrán kontakt.
told-contact-replaced = { $provider } teď uvádí jinou vaši e-mailovou adresu než dřív. Ta dřívější už není potvrzená. Chcete-li na ni zprávy dál dostávat, potvrďte ji kódem.
told-contact-restored = Odebraný kontakt se vrátil k vaší městské identitě. Všechna přihlášení jsme ukončili.
told-account-closed = Vaši městskou identitu jste zavřeli. Všechna přihlášení skončila a údaje o vás jsme smazali.

mail-link-added = přibyl způsob přihlášení
mail-link-removed = byl odebrán způsob přihlášení
mail-link-replaced = změnil se účet pro přihlášení
mail-case-same = úřad rozhodl o způsobu přihlášení
mail-case-another = úřad rozhodl o způsobu přihlášení
mail-case-closed = úřad uzavřel případ
mail-accounts-merged = identity byly spojeny
mail-merge-undone = spojení identit bylo zrušeno
mail-mandate-added = nové oprávnění jednat
mail-mandate-ended = oprávnění jednat skončilo
mail-contact-added = přibyl kontakt
mail-contact-removed = byl odebrán kontakt
mail-contact-replaced = potvrzená adresa se změnila
mail-contact-restored = odebraný kontakt je zpátky
mail-account-closed = identita byla zavřena
mail-hello = Dobrý den,
mail-when = Stalo se to { $when }.
mail-stranger = Nebyli jste to vy?
mail-undo = Kontakt můžete do { $until } vrátit tímto odkazem, přihlášení k tomu nepotřebujete:
mail-stranger-what = Přihlaste se, podívejte se, čím se přihlašujete a kde, a odeberte, co neznáte:
mail-stranger-closed = Účet už obnovit nejde, ale dejte nám prosím hned vědět. Zjistíme, kdo ho zavřel. Nový účet si založíte prvním přihlášením.
mail-help = Pomůžeme vám: { $ways }.
mail-help-office = Pomůže vám kterýkoli pracovník přepážky na úřadě.
mail-foot = Tuto zprávu posílá { $town } automaticky, neodpovídejte na ni. E-mailem se nikdy neptáme na heslo ani na kód.

mail-code = kód k potvrzení e-mailu
mail-code-what = Tímto kódem potvrdíte, že tato e-mailová adresa patří k vaší městské identitě:
mail-code-valid = Platí 24 hodin a jen jednou. Zadejte ho na stránce Kontakty a oznámení:
mail-code-stranger = Pokud jste o kód nežádali, zprávu smažte. Bez kódu se nic nestane.
