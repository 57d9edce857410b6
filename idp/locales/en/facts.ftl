# Facts about a person, scopes, and where facts come from.

fact-name = Name
fact-given_name = Given name
fact-family_name = Family name
fact-given_name_original = Given name in the original script
fact-family_name_original = Family name in the original script
fact-middle_name = Middle name
fact-birth_date = Date of birth
fact-birth_place = Place of birth
fact-birth_country = Country of birth
fact-address = Address
fact-ruian_address = Address in the register of addresses
fact-email = E-mail
fact-phone = Phone
fact-document_type = Kind of document
fact-document_number = Number of document
fact-age_over = Age reached
fact-age = Age
fact-gender = Gender
fact-nickname = Nickname
fact-preferred_username = User name
fact-profile_page = Page about you
fact-picture = Picture
fact-website = Web site
fact-zoneinfo = Time zone
fact-locale = Language

claim-name = name
claim-given-name = given name
claim-family-name = family name
claim-middle-name = middle name
claim-nickname = nickname
claim-preferred-username = user name
claim-profile = page about you
claim-picture = picture
claim-website = web site
claim-gender = gender
claim-birthdate = date of birth
claim-zoneinfo = time zone
claim-locale = language
claim-email = e-mail
claim-phone-number = phone
claim-address = address
claim-residence = address in codes of the register
claim-identity-level = verification level
claim-login-level = strength of the login
claim-login-provider = way of signing in
claim-verified-claims = verified data with its source

scope-profile = Name and date of birth
scope-email = E-mail
scope-phone = Phone
scope-address = Address
scope-city-identity = Verified identity and its source
scope-city-residence = Address in codes of the register of addresses

document-id = identity card
document-p = passport
document-vs = visa sticker
document-ir = residence permit
document-ps = residence card
document-ending = ends with { $ending }

age-over-yes = over { $limit }: yes
age-over-no = over { $limit }: no
age-over-unknown = over { $limit }: not proved
ruian-point = address point { $code }
ruian-partial = without the code of the address point

source-nia = population register · { $provider } · { $date }
source-saml = { $provider } · { $date }
source-isds = data box · { $provider } · { $date }
source-demo = invented · { $provider } · { $date }
source-self = your own statement · { $date }
source-self-through = your own statement · { $provider } · { $date }
