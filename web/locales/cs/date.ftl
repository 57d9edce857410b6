# Data a časy. Den v týdnu ve 2. pádě je pro lhůty: „do středy“.

date-month = { $month }.
date-weekday-name =
    { $weekday ->
        [1] pondělí
        [2] úterý
        [3] středa
        [4] čtvrtek
        [5] pátek
        [6] sobota
       *[7] neděle
    }
date-weekday-limit =
    { $weekday ->
        [1] pondělí
        [2] úterý
        [3] středy
        [4] čtvrtka
        [5] pátku
        [6] soboty
       *[7] neděle
    }
date-day = { $day }. { $month } { $year }
date-weekday = { $weekday } { $day }. { $month } { $year }
date-until = do { $weekday } { $day }. { $month } { $year }
date-moment = { $date } v { $time }
