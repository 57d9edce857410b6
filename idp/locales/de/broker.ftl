brand = Städtische Identität
