brand = Městská identita
way-link = Ke způsobům přihlášení
