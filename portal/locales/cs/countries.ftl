# Státy podle kódu ISO 3166.

country-at = Rakousko
country-bg = Bulharsko
country-by = Bělorusko
country-cn = Čína
country-cz = Česko
country-de = Německo
country-fr = Francie
country-gb = Spojené království
country-hr = Chorvatsko
country-hu = Maďarsko
country-it = Itálie
country-md = Moldavsko
country-mn = Mongolsko
country-pl = Polsko
country-ro = Rumunsko
country-rs = Srbsko
country-ru = Rusko
country-sk = Slovensko
country-ua = Ukrajina
country-us = Spojené státy
country-vn = Vietnam
