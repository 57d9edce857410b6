brand = City Identity
way-link = To your ways to sign in
