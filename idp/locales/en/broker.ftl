brand = City Identity
