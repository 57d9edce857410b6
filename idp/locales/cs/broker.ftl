brand = Městská identita
