# Countries by their ISO 3166 code.

country-at = Austria
country-bg = Bulgaria
country-by = Belarus
country-cn = China
country-cz = Czechia
country-de = Germany
country-fr = France
country-gb = United Kingdom
country-hr = Croatia
country-hu = Hungary
country-it = Italy
country-md = Moldova
country-mn = Mongolia
country-pl = Poland
country-ro = Romania
country-rs = Serbia
country-ru = Russia
country-sk = Slovakia
country-ua = Ukraine
country-us = United States
country-vn = Vietnam
