# Staaten nach ISO 3166.

country-at = Österreich
country-bg = Bulgarien
country-by = Belarus
country-cn = China
country-cz = Tschechien
country-de = Deutschland
country-fr = Frankreich
country-gb = Vereinigtes Königreich
country-hr = Kroatien
country-hu = Ungarn
country-it = Italien
country-md = Moldau
country-mn = Mongolei
country-pl = Polen
country-ro = Rumänien
country-rs = Serbien
country-ru = Russland
country-sk = Slowakei
country-ua = Ukraine
country-us = Vereinigte Staaten
country-vn = Vietnam
