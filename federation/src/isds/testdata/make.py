#!/usr/bin/env python3
"""Writes the answers of ISDS that the tests read, and cases.json: what must come of each. Everybody in them is invented."""

import json
import pathlib
from xml.sax.saxutils import quoteattr

HERE = pathlib.Path(__file__).parent
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
FORMER = "http://agw-as.cz/ats-ws/v1"
PRESENT = "http://agw-as.cz/ats-ws/v1_1"
TOKEN = "{app-token}"
cases = []

JANA = [
    ("userType", "S"),
    ("userPrivils", "63"),
    ("isdsID", "u7Kq2mZx91Lb"),
    ("pnGivenNames", "Jana Marie"),
    ("pnLastName", "Nováková"),
    ("biDate", "1985-04-12"),
    ("aifoIsds", "true"),
]
HOME = [
    ("adCode", "21732342"),
    ("adCity", "Český Krumlov"),
    ("adDistrict", "Latrán"),
    ("adStreet", "Dlouhá"),
    ("adNumberInStreet", "5"),
    ("adNumberInMunicipality", "12"),
    ("adZipCode", "381 01"),
    ("adState", "CZ"),
    ("email", "jana@example.cz"),
]


def box(kind, state="1", ident="fo00001", **more):
    names = {"ic": "ic", "name": "firmName"}
    given = [("dbID", ident), ("dbType", kind)] + ([("dbState", state)] if state else [])
    return given + [(names[key], value) for key, value in more.items()]


def without(attributes, *names):
    return [pair for pair in attributes if pair[0] not in names]


def changed(attributes, **values):
    return [(name, values.get(name, value)) for name, value in attributes]


def attributes_xml(attributes, prefix="n:", token=TOKEN):
    pairs = ([("appToken", token)] if token else []) + [("timeLimitedId", " T01-5d0f6b1c")] + attributes
    lines = [f"<{prefix}attribute name={quoteattr(n)} value={quoteattr(v)}/>" for n, v in pairs]
    return f"<{prefix}attributes>\n" + "\n".join(lines) + f"\n</{prefix}attributes>"


def response(inside, status="OK", namespace=FORMER, prefix="n:", name="authConfirmationResponse"):
    declared = f'xmlns:{prefix[:-1]}="{namespace}"' if prefix else f'xmlns="{namespace}"'
    status = f"<{prefix}status>{status}</{prefix}status>" if status is not None else ""
    return f"<{prefix}{name} {declared}>{status}<{prefix}userRequestIp>203.0.113.7</{prefix}userRequestIp>{inside}</{prefix}{name}>"


def envelope(body, head="<SOAP-ENV:Header/>", before=""):
    return f'{before}<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP}">{head}<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>'


def case(name, text, expect, **more):
    octets = text if isinstance(text, bytes) else text.encode()
    (HERE / f"{name}.xml").write_bytes(octets)
    cases.append({"name": name, "expect": expect, **more})


def person(name, attributes, expect="accepted", **more):
    case(name, envelope(response(attributes_xml(attributes))), expect, **more)


def body(kind, ico, name, reference, role, full):
    # `userPrivils` of every answer here lets them do everything.
    rights = {"reads": True, "sends": True}
    return {"kind": kind, "ico": ico, "name": name, "reference": reference, "role": role, "full": full, "rights": rights}


# People in their own boxes.
own = "fo00001:PRIMARY"
person("holder", box("40") + JANA + HOME, subject=own, identity="town", family_name="Nováková", facts=6,
       previous=["fo00001:u7Kq2mZx91Lb"])
ABROAD = [("adCity", "Linz"), ("adStreet", "Landstraße"), ("adNumberInMunicipality", "12"), ("adZipCode", "4020"), ("adState", "AT")]
person("holder-abroad", box("40") + JANA + ABROAD, subject=own, identity="town", family_name="Nováková", facts=4,
       previous=["fo00001:u7Kq2mZx91Lb"])
person("holder-nowhere", box("40") + JANA + changed(ABROAD, adState="Cislajtánie"), subject=own, identity="town",
       family_name="Nováková", facts=3, previous=["fo00001:u7Kq2mZx91Lb"])
person("holder-by-symbols", box("FO") + changed(JANA, userType="PRIMARY_USER", aifoIsds="1"), subject=own,
       identity="town", family_name="Nováková", facts=3, previous=["fo00001:u7Kq2mZx91Lb"])
person("holder-without-user-id", box("40", ident="FO00001") + without(JANA, "isdsID"), subject="fo00001:PRIMARY",
       identity="town", family_name="Nováková", facts=3)
person("holder-not-identified", box("40") + changed(JANA, aifoIsds="false"), subject=own, identity="contact", facts=3,
       attack=["D10"], previous=["fo00001:u7Kq2mZx91Lb"], family_name="Nováková", self_stated=True)
person("holder-identified-unknown", box("40") + without(JANA, "aifoIsds"), subject=own, identity="contact", facts=3,
       previous=["fo00001:u7Kq2mZx91Lb"], family_name="Nováková", self_stated=True)
person("holder-box-closed", box("40", state="2") + JANA, subject=own, identity="contact", facts=3, attack=["D09"],
       previous=["fo00001:u7Kq2mZx91Lb"], family_name="Nováková")
person("holder-box-state-unknown", box("40", state=None) + JANA, subject=own, identity="contact", facts=3,
       previous=["fo00001:u7Kq2mZx91Lb"], family_name="Nováková")
person("holder-asked-for-more", box("40") + changed(JANA, aifoIsds="false"), "level-too-low", minimum="town")
person("holder-names-apart", box("40") + without(JANA, "pnGivenNames") + [("pnFirstName", "Jana"), ("pnMiddleName", "Marie")],
       subject=own, identity="town", family_name="Nováková", given_name="Jana Marie", facts=3, previous=["fo00001:u7Kq2mZx91Lb"])
person("holder-birth-written-otherwise", box("40") + changed(JANA, biDate="12.4.1985"), subject=own, identity="town",
       facts=3, family_name="Nováková", birth_date="1985-04-12", previous=["fo00001:u7Kq2mZx91Lb"])
person("holder-birth-no-date", box("40") + changed(JANA, biDate="1985-02-30"), subject=own, identity="town", facts=2,
       family_name="Nováková", attack=["D12"], previous=["fo00001:u7Kq2mZx91Lb"])
person("holder-name-composed", box("40") + changed(JANA, pnLastName="  Nova\u0301kova\u0301 "), subject=own, identity="town",
       family_name="Nováková", facts=3, attack=["C13"], previous=["fo00001:u7Kq2mZx91Lb"])
person("holder-box-told-twice-alike", box("40") + [("DBID", " fo00001 ")] + JANA, subject=own, identity="town", facts=3,
       family_name="Nováková", previous=["fo00001:u7Kq2mZx91Lb"])

# Others in the boxes of people.
person("entrusted-by-holder", box("40") + changed(JANA, userType="P", isdsID="u2Bx8nQw44Rt", pnLastName="Dvořák"),
       subject="fo00001:u2Bx8nQw44Rt", identity="contact", facts=0, attack=["D03"])
person("entrusted-without-user-id", box("40") + without(changed(JANA, userType="P"), "isdsID"), identity="contact",
       facts=0, linkable=False, subject_of_one_login=True)
person("guardian", box("40", ident="fo00004") + changed(JANA, userType="G", isdsID="u5Tg1kLm07Ec"),
       subject="fo00004:u5Tg1kLm07Ec", identity="contact", facts=0, attack=["D04"])

# Sole traders.
bakery = dict(ic="00000019", name="Petr Svoboda - pekař")
person("sole-trader", box("30", ident="pfo0001", **bakery) + JANA, subject="pfo0001:PRIMARY", identity="town", facts=3,
       family_name="Nováková", previous=["pfo0001:u7Kq2mZx91Lb"],
       acting_for=body("sole_trader", "00000019", "Petr Svoboda - pekař", "pfo0001", "PRIMARY_USER", True))
person("attorney", box("31", ident="pfo0031", **bakery) + JANA, subject="pfo0031:PRIMARY", identity="town", facts=3,
       family_name="Nováková", previous=["pfo0031:u7Kq2mZx91Lb"], attack=["D05"],
       acting_for=body("sole_trader", "00000019", "Petr Svoboda - pekař", "pfo0031", "PRIMARY_USER", True))
person("entrusted-by-sole-trader", box("30", ident="pfo0001", **bakery) + changed(JANA, userType="P"),
       subject="pfo0001:u7Kq2mZx91Lb", identity="contact", facts=0,
       acting_for=body("sole_trader", "00000019", "Petr Svoboda - pekař", "pfo0001", "ENTRUSTED_USER", False))

# Legal persons.
company = dict(ic="00000027", name="Pekařství Vltava s.r.o.")
person("company", box("20", ident="po00001", **company) + JANA, subject="po00001:u7Kq2mZx91Lb", identity="contact",
       facts=3, family_name="Nováková", attack=["D06"],
       acting_for=body("company", "00000027", "Pekařství Vltava s.r.o.", "po00001", "PRIMARY_USER", True))
person("company-asked-for-a-person", box("20", ident="po00001", **company) + JANA, "level-too-low", minimum="town")
person("company-entrusted", box("20", ident="po00001", **company) + changed(JANA, userType="P"),
       subject="po00001:u7Kq2mZx91Lb", identity="contact", facts=3, family_name="Nováková", attack=["D06"],
       acting_for=body("company", "00000027", "Pekařství Vltava s.r.o.", "po00001", "ENTRUSTED_USER", False))
person("company-administrator", box("20", ident="po00001", **company) + changed(JANA, userType="A"),
       subject="po00001:u7Kq2mZx91Lb", identity="contact", facts=3, family_name="Nováková", attack=["D06"])
person("company-closed", box("20", state="2", ident="po00001", **company) + JANA, subject="po00001:u7Kq2mZx91Lb",
       identity="contact", facts=3, family_name="Nováková", attack=["D09"])
person("company-state-unknown", box("20", state=None, ident="po00001", **company) + JANA, subject="po00001:u7Kq2mZx91Lb",
       identity="contact", facts=3, family_name="Nováková", attack=["D09"])
person("company-by-its-statutory-body", box("20", ident="po00002", ic="00000035", name="Vltavské mlýny a.s.") + JANA
       + [("userIc", "00000043"), ("userFirmName", "Mühlen GmbH")], subject="po00002:u7Kq2mZx91Lb", identity="contact",
       facts=3, family_name="Nováková", attack=["D07"],
       acting_for=body("company", "00000035", "Vltavské mlýny a.s.", "po00002", "PRIMARY_USER", True))
person("company-of-another-country", box("20", ident="po00009", ic="HRB 123", name="Mühlen GmbH") + JANA,
       subject="po00009:u7Kq2mZx91Lb", identity="contact", facts=3, family_name="Nováková", attack=["D11"],
       acting_for=body("company", None, "Mühlen GmbH", "po00009", "PRIMARY_USER", True))
person("company-liquidator", box("20", ident="po00003", ic="00000051", name="Pila v likvidaci") + changed(JANA, userType="L"),
       subject="po00003:u7Kq2mZx91Lb", identity="contact", facts=3, family_name="Nováková",
       acting_for=body("company", "00000051", "Pila v likvidaci", "po00003", "LIQUIDATOR", True))
person("company-without-user-id", box("20", ident="po00001", **company) + without(JANA, "isdsID"), identity="contact",
       facts=3, family_name="Nováková", linkable=False, attack=["D17"],
       acting_for=body("company", "00000027", "Pekařství Vltava s.r.o.", "po00001", "PRIMARY_USER", True))
person("association", box("22", ident="spol001", ic="00000060", name="Spolek rybářů") + JANA, subject="spol001:u7Kq2mZx91Lb",
       identity="contact", facts=3, family_name="Nováková",
       acting_for=body("association", "00000060", "Spolek rybářů", "spol001", "PRIMARY_USER", True))

# Offices, and what nobody told us of.
office = dict(ic="00000078", name="Město Vltavice")
person("office", box("10", ident="ovm0001", **office) + changed(JANA, userType="P"), "box-of-office", attack=["D08"])
person("office-allowed", box("OVM", ident="ovm0001", **office) + changed(JANA, userType="P"), config={"allow_offices": True},
       subject="ovm0001:u7Kq2mZx91Lb", identity="contact", facts=3, family_name="Nováková",
       acting_for=body("public_body", "00000078", "Město Vltavice", "ovm0001", "ENTRUSTED_USER", False))
person("unknown-type", box("77", ident="xx00016", **company) + JANA, subject="xx00016:u7Kq2mZx91Lb", identity="contact",
       facts=0, attack=["D01"])
person("unknown-role", box("20", ident="po00001", **company) + changed(JANA, userType="X"), subject="po00001:u7Kq2mZx91Lb",
       identity="contact", facts=3, family_name="Nováková", attack=["D02"])
person("role-by-configuration", box("20", ident="po00001", **company) + changed(JANA, userType="X"),
       config={"role_code": {"X": "RECEIVER"}}, subject="po00001:u7Kq2mZx91Lb", identity="contact", facts=3,
       family_name="Nováková", acting_for=body("company", "00000027", "Pekařství Vltava s.r.o.", "po00001", "RECEIVER", True))
person("names-by-configuration", box("40") + without(JANA, "pnLastName") + [("prijmeni", "Nováková")],
       config={"attribute": {"family_name": ["Prijmeni"]}}, subject=own, identity="town", facts=3, family_name="Nováková",
       previous=["fo00001:u7Kq2mZx91Lb"])
person("box-alone", box("20", state=None, ident="po00001", **company) + JANA, config={"profile": "box"}, identity="contact",
       facts=0, linkable=False, subject_of_one_login=True)

# Whose answer is it?
case("app-token-of-another", envelope(response(attributes_xml(box("40") + JANA, token="481516234200000042"))),
     "app-token-of-another", attack=["B11"])
case("app-token-not-repeated", envelope(response(attributes_xml(box("40") + JANA, token=None))), "app-token-unconfirmed")
case("app-token-not-repeated-allowed", envelope(response(attributes_xml(box("40") + JANA, token=None))), "accepted",
     config={"require_app_token": False}, subject=own, identity="town", facts=3, family_name="Nováková", attack=["B12"],
     previous=["fo00001:u7Kq2mZx91Lb"])

# Incomplete and contradictory.
person("box-missing", without(box("40"), "dbID") + JANA, "box-missing")
person("box-empty", changed(box("40"), dbID=" ") + JANA, "box-missing")
person("box-id-malformed", changed(box("40"), dbID="fo-0001") + JANA, "box-id-malformed")
person("box-type-missing", without(box("40"), "dbType") + JANA, "box-type-missing")
person("box-told-twice", box("40") + [("dbID", "fo00002")] + JANA, "attribute-repeated", attack=["C14"])
person("user-id-malformed", box("40") + changed(JANA, isdsID="a:b"), "user-id-malformed")
person("user-id-of-the-holder", box("40") + changed(JANA, isdsID="PRIMARY"), "user-id-malformed")
person("name-too-long", box("40") + changed(JANA, pnLastName="Á" * 101), "attribute-too-long")
person("value-too-long", box("40") + changed(JANA, pnLastName="A" * 1001), "attribute-too-long")
person("name-unsafe", box("40") + changed(JANA, pnLastName="Nová\u202eková"), "attribute-unsafe")
person("too-many-attributes", box("40") + [(f"x{n}", "1") for n in range(250)], "too-many-attributes")
case("no-attributes", envelope(response("")), "box-missing", config={"require_app_token": False})
case("attributes-twice", envelope(response(attributes_xml(box("40") + JANA) * 2)), "repeated-element")
case("attribute-without-value", envelope(response(attributes_xml(box("40") + JANA).replace("</n:attributes>", '<n:attribute name="x"/></n:attributes>'))),
     "attribute-malformed")

# What ISDS says of itself.
case("session-not-found", envelope(response("", status="SESSION_NOT_FOUND")), "session-spent", attack=["C05"])
case("system-error", envelope(response("", status="SYSTEM_ERROR")), "unavailable", attack=["C05"])
case("status-unknown", envelope(response("", status="MAYBE")), "status-unknown", attack=["C05"])
case("status-lower-case", envelope(response(attributes_xml(box("40") + JANA), status="ok")), "status-unknown")
case("status-missing", envelope(response(attributes_xml(box("40") + JANA), status=None)), "status-missing")
fault = "<SOAP-ENV:Fault><faultcode>Probíhá údržba</faultcode><faultstring>Zkuste to později.</faultstring></SOAP-ENV:Fault>"
case("fault", envelope(fault), "unavailable", attack=["C11"])

# Spellings.
good = attributes_xml(box("40") + JANA)
plain = dict(subject=own, identity="town", facts=3, family_name="Nováková", attack=["C10"], previous=["fo00001:u7Kq2mZx91Lb"])
case("present-namespace", envelope(response(good, namespace=PRESENT)), "accepted", **plain)
case("default-namespace", envelope(response(attributes_xml(box("40") + JANA, prefix=""), prefix="")), "accepted", **plain)
case("foreign-namespace", envelope(response(good, namespace="http://agw-as.cz/ats-ws/v2")), "foreign-namespace", attack=["C10"])
case("another-root", envelope(response(good, name="getCredentialResponse")), "wrong-root")
case("with-declaration", envelope(response(good), before='<?xml version="1.0" encoding="UTF-8"?>\n'), "accepted", **plain)

# Attacks on the reader.
evil = response(attributes_xml(box("40", ident="evil666") + changed(JANA, pnLastName="Zlý")))
case("wrapped", envelope(response(good + evil)), "accepted", subject=own, identity="town", facts=3, family_name="Nováková",
     attack=["C12"], previous=["fo00001:u7Kq2mZx91Lb"])
case("second-answer", envelope(response(good) + evil), "soap-body-not-one-entry", attack=["C12"])
case("in-the-header", envelope("", head=f"<SOAP-ENV:Header>{evil}</SOAP-ENV:Header>"), "soap-body-not-one-entry", attack=["C12"])
case("header-to-understand", envelope(response(good), head='<SOAP-ENV:Header><x SOAP-ENV:mustUnderstand="1"/></SOAP-ENV:Header>'),
     "soap-header-not-understood")
case("no-envelope", response(good), "not-soap")
case("soap-12", envelope(response(good)).replace(SOAP, "http://www.w3.org/2003/05/soap-envelope"), "not-soap")
case("doctype-file", envelope(response(good), before='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "doctype-forbidden", attack=["C09"])
case("doctype-address", envelope(response(good), before='<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>'), "doctype-forbidden", attack=["C09"])
laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
case("laughing", envelope(response(good.replace("Nováková", "&l9;")), before=f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>'), "doctype-forbidden", attack=["C09"])
case("entity", envelope(response(good.replace("Nováková", "&jmeno;"))), "entity-forbidden", attack=["C09"])
case("instruction", envelope("<?php x?>" + response(good)), "processing-instruction-forbidden")
case("cut-off", envelope(response(good))[:400], "not-well-formed", attack=["C08"])
case("empty", "", "not-well-formed", attack=["C08"])
case("latin", envelope(response(good)).encode("iso-8859-2"), "not-utf8", attack=["C08"])
case("packed", b"\x1f\x8b\x08\x00" + bytes(60), "not-utf8", attack=["C08"])
case("deep", envelope(response("<a>" * 40 + "</a>" * 40)), "too-deep")
case("many", envelope(response("<a/>" * 500)), "too-many-elements")
case("large", envelope(response(good)), "too-large", pad=300_000, attack=["C08"])

(HERE / "cases.json").write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")
