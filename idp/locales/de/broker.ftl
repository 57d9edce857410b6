brand = Städtische Identität
way-link = Zu den Anmeldewegen
