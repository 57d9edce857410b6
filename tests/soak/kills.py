"""Kills and faults at seeded moments over many logins, on SQLite and on PostgreSQL with Redis: broker, portal and database are
killed in turn, and NIA answers what it must not. Whatever happens, the person gets in, and nobody else does.

Each engine has half of the time. When it is over, no further login begins, and the campaign says how many there were.
"""

import argparse
import importlib.util
import pathlib
import random
import sys
import tempfile
import threading
import time

PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"
sys.path.insert(0, str(PEERS))
# The short campaign has the name of this file.
spec = importlib.util.spec_from_file_location("short_campaign", PEERS / "kills.py")
short = importlib.util.module_from_spec(spec)
spec.loader.exec_module(short)


import nia_faults_for_broker as nia  # noqa: E402

# What NIA may do wrong once, drawn at random: answers that are refused, logins that do not come about, and unusual ones that
# are right. Without the one whose page cannot know which login it was, and the one that needs another login before it.
FAULTS = sorted({*nia.REFUSALS, *nia.BACK_TO_THE_CHOICE, *nia.ACCEPTED} - {"other_relaystate", "replay"})
# So many kills of the database cannot all fall between requests.
MANY = 12
ENGINES = ("sqlite", "postgres+redis")
# How many logins without a kill pass before the next word.
SILENCE = 10


class Moment(short.Killer):
    """Kills at one moment of a login, whatever step that meets."""

    def wait_for(self, seconds):
        self.begun = threading.Event()
        self.attack = threading.Timer(seconds, self.fall)
        self.attack.start()

    def fall(self):
        self.begun.set()
        self.victim.kill()

    def at(self, method, url):
        """Steps do not matter."""

    def revive(self):
        # Called after each step: only a kill that has taken place is mended.
        if self.attack and self.begun.is_set():
            super().revive()


def campaign(engine, logins, kills, faults, seed, seconds):
    began_all, struck_so_far = time.monotonic(), 0

    def tell(words):
        print(f"{engine}, {time.monotonic() - began_all:.0f} s: {words}", flush=True)

    tell("starting sandbox, broker and portal")
    chosen = random.Random(seed)
    struck = set(chosen.sample(range(logins), kills))
    faulty = set(chosen.sample(range(logins), faults))
    database_kills = database_broke = played = 0
    with tempfile.TemporaryDirectory(prefix="city-soak-") as place, short.running(pathlib.Path(place), engine) as house:
        lasts, done = 1.0, 0
        for number in range(logins):
            if time.monotonic() - began_all > seconds:
                tell(f"the time is over after {done} of {logins} logins")
                break
            victim = chosen.choice(("broker", "portal", "database"))
            killer = Moment(house, victim, seed + number)
            browser = short.Enduring(killer)
            began = time.monotonic()
            fault = chosen.choice(FAULTS) if number in faulty else None
            if fault:
                nia.set_fault(house, fault)
                played += 1
                tell(f"login {number + 1} of {logins}, NIA answers by {fault}")
            if number in struck:
                killer.wait_for(chosen.uniform(0, lasts))
            short.log_in(house, browser)
            if number in struck:
                short.Killer.revive(killer)
                struck_so_far += 1
                database_kills += victim == "database"
                database_broke += victim == "database" and browser.broken > 0
                tell(f"login {number + 1} of {logins}, {victim} killed, {browser.broken} requests broken")
            elif not fault:
                lasts = time.monotonic() - began
                if (number + 1) % SILENCE == 0:
                    tell(f"login {number + 1} of {logins}")
            short.nothing_works_for_a_stranger(house, browser.sent)
            short.nothing_works_twice(house, browser)
            done += 1
        assert "the chain is whole" in house.verify_audit()
        assert database_broke or database_kills < MANY, f"none of {database_kills} kills of the database broke anything"
    tell(f"{done} logins, {struck_so_far} kills, {played} faults of NIA, {database_broke} of {database_kills} kills of the database "
         "broke a request; nothing worked twice, the chain is whole")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logins", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--faults", type=int, default=60, help="logins at which NIA does something wrong")
    parser.add_argument("--minutes", type=int, default=60, help="for all engines together")
    parser.add_argument("--seed", type=int, default=short.SEED)
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    asked = parser.parse_args()
    asked.faults = min(asked.faults, asked.logins)
    if not 0 <= asked.kills <= asked.logins or asked.logins < 1 or asked.faults < 0:
        parser.error("there are at most as many kills as logins, and at least one login")
    engines = [asked.engine] if asked.engine else ENGINES
    print(f"seed {asked.seed}: {asked.logins} logins with {asked.kills} kills and {asked.faults} faults on {' and '.join(engines)}", flush=True)
    for engine in engines:
        campaign(engine, asked.logins, asked.kills, asked.faults, asked.seed, asked.minutes * 60 / len(engines))


if __name__ == "__main__":
    main()
