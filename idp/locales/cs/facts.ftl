# Údaje o člověku, rozsahy a odkud údaje jsou.

fact-name = Jméno a příjmení
fact-given_name = Jméno
fact-family_name = Příjmení
fact-given_name_original = Jméno v původním písmu
fact-family_name_original = Příjmení v původním písmu
fact-middle_name = Prostřední jméno
fact-birth_date = Datum narození
fact-birth_place = Místo narození
fact-birth_country = Země narození
fact-address = Adresa
fact-ruian_address = Adresa v registru adres
fact-email = E-mail
fact-phone = Telefon
fact-document_type = Druh dokladu
fact-document_number = Číslo dokladu
fact-age_over = Dosažení věku
fact-age = Věk
fact-gender = Pohlaví
fact-nickname = Přezdívka
fact-preferred_username = Uživatelské jméno
fact-profile_page = Stránka o vás
fact-picture = Obrázek
fact-website = Web
fact-zoneinfo = Časové pásmo
fact-locale = Jazyk

claim-name = jméno a příjmení
claim-given-name = jméno
claim-family-name = příjmení
claim-middle-name = prostřední jméno
claim-nickname = přezdívka
claim-preferred-username = uživatelské jméno
claim-profile = stránka o vás
claim-picture = obrázek
claim-website = web
claim-gender = pohlaví
claim-birthdate = datum narození
claim-zoneinfo = časové pásmo
claim-locale = jazyk
claim-email = e-mail
claim-phone-number = telefon
claim-address = adresa
claim-residence = adresa v kódech registru
claim-identity-level = úroveň ověření
claim-login-level = síla přihlášení
claim-login-provider = způsob přihlášení
claim-verified-claims = ověřené údaje s původem

scope-profile = Jméno a datum narození
scope-email = E-mail
scope-phone = Telefon
scope-address = Adresa
scope-city-identity = Ověřená totožnost a její původ
scope-city-residence = Adresa v kódech registru adres

document-id = občanský průkaz
document-p = cestovní pas
document-vs = vízový štítek
document-ir = povolení k pobytu
document-ps = pobytová karta
document-ending = končí na { $ending }

age-over-yes = nad { $limit } let: ano
age-over-no = nad { $limit } let: ne
age-over-unknown = nad { $limit } let: nedoloženo
ruian-point = adresní místo { $code }
ruian-partial = bez kódu adresního místa

source-nia = registr obyvatel · { $provider } · { $date }
source-saml = { $provider } · { $date }
source-isds = datová schránka · { $provider } · { $date }
source-demo = vymyšleno · { $provider } · { $date }
source-self = váš údaj · { $date }
source-self-through = váš údaj · { $provider } · { $date }
