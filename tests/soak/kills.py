"""Kills at seeded moments over many logins, on SQLite and on PostgreSQL with Redis: broker, portal and database in turn."""

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


ENGINES = ("sqlite", "postgres+redis")


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


def campaign(engine, logins, kills, seed):
    chosen = random.Random(seed)
    struck = set(chosen.sample(range(logins), kills))
    with tempfile.TemporaryDirectory(prefix="city-soak-") as place, short.running(pathlib.Path(place), engine) as house:
        lasts = 1.0
        for number in range(logins):
            victim = chosen.choice(("broker", "portal", "database"))
            killer = Moment(house, victim, seed + number)
            browser = short.Enduring(killer)
            began = time.monotonic()
            if number in struck:
                killer.wait_for(chosen.uniform(0, lasts))
            short.log_in(house, browser)
            if number in struck:
                short.Killer.revive(killer)
                short.nothing_works_for_a_stranger(house, browser.sent)
                print(f"{engine}: login {number + 1} of {logins}, {victim} killed", flush=True)
            else:
                lasts = time.monotonic() - began
        assert "the chain is whole" in house.verify_audit()
    print(f"{engine}: {logins} logins, {kills} kills, nothing worked twice, the chain is whole", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logins", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=short.SEED)
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    for engine in [asked.engine] if asked.engine else ENGINES:
        campaign(engine, asked.logins, asked.kills, asked.seed)


if __name__ == "__main__":
    main()
