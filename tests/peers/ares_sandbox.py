"""The sandbox's ARES as a client sees it: subjects by number and by search, who acts for them, and what can go wrong."""

import json

import pytest
import requests

from sandbox_twin import Twin

REAL_PATH = "/ares/ekonomicke-subjekty-v-be/rest"


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    with Twin(tmp_path_factory.mktemp("ares")) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(twin):
    twin.call("ares/reset")


def get(twin, path, base="/ares", timeout=30):
    return requests.get(twin.url + base + path, timeout=timeout, allow_redirects=False)


def search(twin, **body):
    return requests.post(twin.url + "/ares/ekonomicke-subjekty/vyhledat", json=body, timeout=30)


@pytest.mark.parametrize("base", ["/ares", REAL_PATH])
def test_a_subject_is_told_by_its_number(twin, base):
    subject = get(twin, "/ekonomicke-subjekty/00000027", base).json()

    assert subject["obchodniJmeno"] == "Pekařství Vltava s.r.o." and subject["pravniForma"] == "112"
    assert subject["sidlo"]["textovaAdresa"] == "Latrán 53, Latrán, 38101 Český Krumlov"
    assert subject["seznamRegistraci"]["stavZdrojeVr"] == "AKTIVNI" and "datumZaniku" not in subject


def test_one_that_ended_and_one_that_nobody_knows_are_told_apart(twin):
    ended = get(twin, "/ekonomicke-subjekty/00000094").json()
    unknown = get(twin, "/ekonomicke-subjekty/00000108")
    malformed = get(twin, "/ekonomicke-subjekty/00000109")

    assert ended["datumZaniku"] == "2026-03-31" and ended["seznamRegistraci"]["stavZdrojeRos"] == "ZANIKLY"
    assert unknown.status_code == 404 and unknown.json()["kod"] == "NENALEZENO"
    assert malformed.status_code == 400 and malformed.json()["kod"] == "CHYBA_VSTUPU"


def test_who_acts_for_a_body_is_told_with_its_history(twin):
    organ = lambda ico: get(twin, f"/ekonomicke-subjekty-vr/{ico}").json()["zaznamy"][0]["statutarniOrgany"][0]

    members = organ("00000086")["clenoveOrganu"]
    assert [(one["fyzickaOsoba"]["prijmeni"], one.get("datumVymazu")) for one in members] == [
        ("KRÁTKÝ", "2024-06-30"), ("ODMÍTAVÁ", None)]
    assert "společně" in organ("00000035")["zpusobJednani"][0]["hodnota"]
    assert get(twin, "/ekonomicke-subjekty-vr/00000019").status_code == 404


def test_a_membership_and_a_subject_end_by_a_call(twin):
    twin.call("ares/end", ico="00000027", member="Nováková", on="2026-11-01")
    record = get(twin, "/ekonomicke-subjekty-vr/00000027").json()["zaznamy"][0]
    assert record["statutarniOrgany"][0]["clenoveOrganu"][0]["clenstvi"]["clenstvi"]["zanikClenstvi"] == "2026-11-01"
    assert "datumZaniku" not in get(twin, "/ekonomicke-subjekty/00000027").json()

    twin.call("ares/end", ico="00000027", on="2026-11-02")
    assert get(twin, "/ekonomicke-subjekty/00000027").json()["datumZaniku"] == "2026-11-02"


def test_subjects_are_found_by_name_and_number(twin):
    found = search(twin, obchodniJmeno="vltav").json()
    assert found["pocetCelkem"] == 3
    assert [one["ico"] for one in search(twin, ico=["00000060"]).json()["ekonomickeSubjekty"]] == ["00000060"]
    assert search(twin).status_code == 400
    assert search(twin, ico=["0"]).json()["kod"] == "CHYBA_VSTUPU"


@pytest.mark.parametrize("fault", [
    "too_many", "error", "unavailable", "not_found", "redirect", "html", "truncated", "empty", "huge", "other_subject",
    "no_name", "more_fields", "slow", "hang", "close",
])
def test_each_fault_happens_once_to_whom_it_was_meant_for(twin, fault):
    def read(timeout=30):
        """What a careful client takes."""
        answer = get(twin, "/ekonomicke-subjekty/00000027", timeout=timeout)
        assert answer.status_code == 200 and len(answer.content) < 1 << 20
        subject = json.loads(answer.content)
        assert subject["ico"] == "00000027" and subject["obchodniJmeno"]
        return subject

    expected = {one["fault"]: one["expected"] for one in twin.ask("ares/fault")["faults"]}[fault]
    twin.call("ares/fault", fault=fault, of="00000027")
    assert get(twin, "/ekonomicke-subjekty/00000060").status_code == 200
    if expected == "accept":
        read()
    else:
        with pytest.raises((AssertionError, ValueError, KeyError, requests.RequestException)):
            read(timeout=2 if fault in ("slow", "hang") else 30)
    read()


def test_too_many_questions_are_told_how_long_to_wait(twin):
    twin.call("ares/fault", fault="too_many")

    answer = get(twin, "/ekonomicke-subjekty/00000027")

    assert answer.status_code == 429 and answer.headers["Retry-After"] == "60"
    assert [call["status"] for call in twin.ask("ares/log")] == [429]
