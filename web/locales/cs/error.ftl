# Stránka s chybou.

error-service = Přihlášení do služby { $service }
error-ways = Co můžete udělat
error-home = Zpět na úvodní stránku
error-again = Zkusit znovu
error-still = Když to nepomůže
error-call-write = Zavolejte { $phone } nebo napište na { $email }. Stačí říct číslo události, podle něj vše najdeme.
error-call = Zavolejte { $phone }. Stačí říct číslo události, podle něj vše najdeme.
error-write = Napište na { $email }. Stačí uvést číslo události, podle něj vše najdeme.
error-tell = Obraťte se na svůj úřad. Stačí říct číslo události, podle něj vše najdeme.
error-incident = Číslo události
error-kind = Kód chyby
error-when = Kdy
error-protocol = Protokolová chyba
error-details = Podrobnosti pro technickou podporu

# Chyby, které může mít každá stránka: název, co se stalo, co s tím udělá podpora.

err-web-400-title = Požadavku nerozumíme
err-web-400-what = Odkaz nebo formulář k nám nedorazil celý. Vraťte se o krok zpět a zkuste to znovu.
err-web-400-help = Adresa nebo formulář obsahuje hodnotu, kterou program neumí přečíst. Zjistěte, odkud odkaz pochází; důvod je v záznamu pod číslem události.

err-web-403-title = Formulář jsme z bezpečnostních důvodů nepřijali
err-web-403-what = Nepřišel z naší stránky otevřené v tomto prohlížeči. Otevřete stránku znovu a odešlete ho ještě jednou.
err-web-403-help = Formulář přišel z cizí stránky, nebo mezitím skončilo přihlášení. Opakuje-li se to všem, zkontrolujte, zda proxy předává hlavičky Host a Origin beze změny.

err-web-404-title = Tuto stránku nemáme
err-web-404-what = Adresa může obsahovat překlep, nebo už stránka neexistuje.
err-web-404-help = Na této adrese nic není. Zeptejte se, odkud odkaz pochází, a opravte ho tam.

err-web-405-title = Takto stránku otevřít nejde
err-web-405-what = Stránka vzniká až odesláním formuláře. Začněte prosím od úvodní stránky.
err-web-405-help = Adresa nezná použitou metodu HTTP. Nejčastěji jde o obnovenou nebo uloženou stránku, která vznikla odesláním formuláře.

err-web-408-title = Trvalo to příliš dlouho
err-web-408-what = Požadavek jsme nestihli dokončit. Zkontrolujte připojení a zkuste to znovu.
err-web-408-help = Požadavek nedorazil celý, nebo na něj program nestihl odpovědět. Opakuje-li se to, podívejte se na vytížení serveru a databáze.

err-web-413-title = Posíláte příliš mnoho dat
err-web-413-what = Odesílaná data jsou větší, než smíme přijmout. Zkraťte je a zkuste to znovu.
err-web-413-help = Tělo požadavku překročilo povolenou velikost.

err-web-415-title = Tento druh dat nepřijímáme
err-web-415-what = Data přišla v podobě, kterou tato adresa neumí zpracovat. Vraťte se o krok zpět a zkuste to znovu.
err-web-415-help = Požadavek má typ obsahu, který adresa nečte. U napojené služby opravte hlavičku Content-Type.

err-web-429-title = Zkoušíte to příliš často
err-web-429-what = Počkejte prosím několik minut a zkuste to znovu.
err-web-429-help = Z jednoho místa přišlo příliš mnoho požadavků. Omezení se samo uvolní.

err-web-500-title = Něco se u nás pokazilo
err-web-500-what = Chyba není u vás. Zkuste to prosím za chvíli znovu.
err-web-500-help = Chyba programu. Příčina je v záznamu pod číslem události; předejte ji správci.

err-web-503-title = Teď nemůžeme odpovědět
err-web-503-what = Část systému má výpadek. Zkuste to prosím za několik minut znovu.
err-web-503-help = Neodpovídá databáze nebo jiná část, bez které program nemůže pracovat. Podívejte se na adresu /readyz.
