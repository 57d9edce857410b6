# Angaben über eine Person, Umfänge und Herkunft.

fact-name = Vor- und Nachname
fact-given_name = Vorname
fact-family_name = Nachname
fact-given_name_original = Vorname in der Originalschrift
fact-family_name_original = Nachname in der Originalschrift
fact-middle_name = Zweiter Vorname
fact-birth_date = Geburtsdatum
fact-birth_place = Geburtsort
fact-birth_country = Geburtsland
fact-address = Adresse
fact-ruian_address = Adresse im Adressregister
fact-email = E-Mail
fact-phone = Telefon
fact-document_type = Art des Ausweises
fact-document_number = Nummer des Ausweises
fact-age_over = Altersgrenze
fact-age = Alter
fact-gender = Geschlecht
fact-nickname = Spitzname
fact-preferred_username = Benutzername
fact-profile_page = Seite über Sie
fact-picture = Bild
fact-website = Website
fact-zoneinfo = Zeitzone
fact-locale = Sprache

claim-name = Vor- und Nachname
claim-given-name = Vorname
claim-family-name = Nachname
claim-middle-name = zweiter Vorname
claim-nickname = Spitzname
claim-preferred-username = Benutzername
claim-profile = Seite über Sie
claim-picture = Bild
claim-website = Website
claim-gender = Geschlecht
claim-birthdate = Geburtsdatum
claim-zoneinfo = Zeitzone
claim-locale = Sprache
claim-email = E-Mail
claim-phone-number = Telefon
claim-address = Adresse
claim-residence = Adresse in Codes des Registers
claim-identity-level = Prüfstufe
claim-login-level = Stärke der Anmeldung
claim-login-provider = Weg der Anmeldung
claim-verified-claims = geprüfte Angaben mit Herkunft

scope-profile = Name und Geburtsdatum
scope-email = E-Mail
scope-phone = Telefon
scope-address = Adresse
scope-city-identity = Geprüfte Identität und ihre Herkunft
scope-city-residence = Adresse in Codes des Adressregisters

document-id = Personalausweis
document-p = Reisepass
document-vs = Visumetikett
document-ir = Aufenthaltserlaubnis
document-ps = Aufenthaltskarte
document-ending = endet auf { $ending }

age-over-yes = über { $limit } Jahre: ja
age-over-no = über { $limit } Jahre: nein
age-over-unknown = über { $limit } Jahre: nicht belegt
ruian-point = Adresspunkt { $code }
ruian-partial = ohne Code des Adresspunkts

source-nia = Einwohnerregister · { $provider } · { $date }
source-saml = { $provider } · { $date }
source-isds = Datenbox · { $provider } · { $date }
source-demo = erfunden · { $provider } · { $date }
source-self = Ihre Angabe · { $date }
source-self-through = Ihre Angabe · { $provider } · { $date }
