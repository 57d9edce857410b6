# Rám každé stránky.

skip = Přejít na obsah
languages = Jazyk
language-cs = CS, čeština
language-en = EN, English
language-de = DE, Deutsch
nav-main = Hlavní
nav-main-folded = Hlavní, sbalené
nav-menu = Menu
crumbs = Drobečková navigace
log-in = Přihlásit se
log-out = Odhlásit
acting = Za koho jednáte
acting-now = Jednáte za:
acting-change = Změnit, za koho jednám
title-error = Chyba:

foot-help = Nápověda
foot-contact = Kontakt
foot-accessibility = Přístupnost
foot-privacy = Soukromí a cookies
foot-cookies = Používáme jen cookies nutné pro přihlášení.
foot-call = Potřebujete poradit? { $phone }
foot-write = Potřebujete poradit? { $email }

field-optional = (nepovinné)
errors-title =
    { $count ->
        [one] Opravte prosím { $count } údaj
        [few] Opravte prosím { $count } údaje
       *[other] Opravte prosím { $count } údajů
    }

# Stránka, která předává data dál.
submit-title = Pokračujeme dál
submit-what = Předáváme vás na adresu { $host }. Pokud se stránka sama nezmění, použijte tlačítko.
submit-button = Pokračovat
