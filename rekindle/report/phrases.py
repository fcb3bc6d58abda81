"""The phrases of a report in its languages. Every language has the same keys with the same holes (held by a test)."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    # the verdict in a few words
    "better": "The letters work",
    "worse": "The letters do harm",
    "undecided": "Too close to call",
    "too_little_data": "Too little data",
    "sizes_do_not_match": "No verdict yet",
    "nobody_held_out": "Nothing to compare with",
    "nothing_sent": "Nothing sent yet",
    # the verdict in a sentence
    "say_better": (
        "Of every {per} who got {letter} {value} more bought than of those who did not;"
        " we are 95% sure it is between {low} and {high}."
    ),
    "say_worse": (
        "Of every {per} who got {letter} {value} fewer bought than of those who did not;"
        " we are 95% sure it is between {low} and {high} fewer."
    ),
    "say_undecided": (
        "Of every {per} who got {letter} {value} bought than of those who did not, but chance alone could do that:"
        " we are 95% sure only that it is between {low} and {high}."
    ),
    "the_letter": "the letter",
    "a_letter": "a letter",
    "more": "{value} more",
    "fewer": "{value} fewer",
    "as_many": "just as many",
    "say_visible": "With this many contacts a difference of about {value} in {per} would show.",
    "say_too_little_data": (
        "Too little data: {converted} of {audience} who were to get the letter bought, and {held_converted} of {held}"
        " held out. A verdict needs about {needed} contacts or more in the smaller group; several periods can be read"
        " together."
    ),
    "say_nobody_bought": (
        "Too little data: nobody has bought yet, neither of the {audience} who were to get the letter nor of the {held}"
        " held out."
    ),
    "say_everybody_bought": (
        "Too little data: everybody bought, all {audience} who were to get the letter and all {held} held out."
    ),
    "say_sizes_do_not_match": (
        "No verdict: the groups do not have the sizes they were drawn for (p {p}). Contacts were lost on the way in one"
        " group only, and until it is known where, no difference below can be trusted."
    ),
    "say_nobody_held_out": (
        "Nobody was held out, so what the letter changed cannot be known. {converted} of {audience} who were to get it"
        " bought; some of them would have bought anyway."
    ),
    "say_nothing_sent": "Nothing has been sent yet, so there is nothing to report.",
    "say_running": "The time of the goal runs until {until}: these figures will still grow.",
    "say_money_sure": "That is {value} of revenue that would not have come otherwise (95% sure: {low} to {high}).",
    "say_money_unsure": "In money it is {value}, but anything between {low} and {high} is possible.",
    "say_cost": "It cost {cost}.",
    "codes": "Orders with a code from the letters: {said}.",
    "codes_strangers": "{count} of them came from people to whom no letter was sent.",
    # labels
    "report": "Campaign report",
    "as_of": "as of {moment}",
    "goal": "goal: a purchase within {within} of the start",
    "goal_default": "goal: a purchase within {within} of the start (none was set: the default)",
    "periods_together": "{count} periods together: {first} to {last}",
    "period": "Period",
    "arm": "Group",
    "audience": "Contacts",
    "held_out": "Held out",
    "letters_sent": "Letters sent",
    "sent": "Sent",
    "failed": "Failed",
    "unknown": "Unknown",
    "bounced": "Bounced",
    "complained": "Complained",
    "unsubscribed": "Left",
    "clicked": "Clicked",
    "opened": "Opened",
    "opened_machine": "By machines",
    "converted": "Bought",
    "rate": "Rate",
    "interval": "95% interval",
    "p_value": "p",
    "difference": "Difference",
    "revenue": "Revenue",
    "per_contact": "Per contact",
    "points": "points",
    "holdout": "holdout",
    "single_arm": "letter",
    "all_letters": "all letters",
    "all_periods": "all periods",
    "extra_buyers": "Extra buyers",
    "extra_revenue": "Extra revenue",
    "between_words": "{low} to {high}",
    "against": "{one} against {other}",
    "cost": "Cost",
    "cost_per_sale": "Cost per sale",
    "cost_per_extra": "per extra sale",
    "net": "After cost",
    "lift_title": "What the letters changed",
    "lift_note": "Letter minus holdout, with 95% intervals. An interval that crosses the line may be chance.",
    "more_bought": "Bought, percentage points",
    "more_money": "Revenue per contact",
    "between_title": "Letter against letter",
    "days_title": "Who bought, day by day",
    "days_note": "Share of each group that has bought, by days since the start.",
    "day": "day {day}",
    "letters": "letters",
    "funnel_title": "From the list to the till",
    "funnel_note": "Opens stand last: mail programs open letters by themselves and hide real ones.",
    "numbers_title": "All the numbers",
    "periods_title": "Period by period",
    "left_out_title": "Left out",
    "opens_note": "{opened} opened by a person, {machine} by a machine.",
    "counted_title": "How it was counted",
    "counted_itt": (
        "By intention to treat: everyone drawn into a group counts in it, whether the letter arrived or not, and the"
        " holdout by the same rule. A purchase is a contact with at least one paid order within the goal's time."
    ),
    "counted_rates": (
        "Rates carry Wilson's interval, differences of shares Newcombe's (1998, method 10), differences of means"
        " Welch's; the p-value of shares is the N-1 chi-square or Fisher-Irwin test (Campbell 2007)."
    ),
    "counted_pooled": (
        "Periods are pooled by inverse-variance weights; a contact that took part in several counts in each."
    ),
    "counted_worth": (
        "Extra revenue is the difference per contact times all who were to get a letter; the cost of a sale is over all"
        " their purchases."
    ),
    "counted_balance": "The groups have the sizes they were drawn for (p {p}).",
    "counted_no_balance": "Whether the groups have the sizes they were drawn for could not be tested.",
    "counted_mismatch": "The groups do not have the sizes they were drawn for (p {p}).",
    "counted_goals": "The goal was not the same in all periods: {goals}.",
    "no_campaigns": "No campaign has been sent yet.",
    "campaign": "Campaign",
    "periods": "Periods",
    "verdict": "Verdict",
    "lift_short": "Lift, points",
    # why somebody was left out
    "suppressed": "suppressed",
    "no_consent": "no consent",
    "no_address": "no address",
    "duplicate": "duplicate",
    "capped": "had enough letters",
    "outranked": "in a campaign of higher priority",
    "excluded": "excluded segment",
    "had_it": "had it before",
    "handed_over": "handed over",
    "unrenderable": "could not be rendered",
}

RUSSIAN: dict[str, str] = {
    "better": "Письма работают",
    "worse": "Письма вредят",
    "undecided": "Пока не ясно",
    "too_little_data": "Мало данных",
    "sizes_do_not_match": "Вывода пока нет",
    "nobody_held_out": "Не с чем сравнить",
    "nothing_sent": "Ещё не отправлено",
    "say_better": (
        "На каждые {per} получателей {letter} пришлось на {value} больше покупателей, чем среди тех, кому не писали;"
        " с уверенностью 95 % — от {low} до {high}."
    ),
    "say_worse": (
        "На каждые {per} получателей {letter} пришлось на {value} меньше покупателей, чем среди тех, кому не писали;"
        " с уверенностью 95 % — от {low} до {high} меньше."
    ),
    "say_undecided": (
        "На каждые {per} получателей {letter} пришлось {value} покупателей, чем среди тех, кому не писали, но это может"
        " быть и случайность: с уверенностью 95 % разница лежит между «{low}» и «{high}»."
    ),
    "the_letter": "письма",
    "a_letter": "письма",
    "more": "на {value} больше",
    "fewer": "на {value} меньше",
    "as_many": "столько же",
    "say_visible": "При таком числе контактов видна разница примерно от {value} на {per}.",
    "say_too_little_data": (
        "Мало данных: купили {converted} из {audience}, кому писали, и {held_converted} из {held}, кому не писали."
        " Для вывода в меньшей группе нужно примерно от {needed} контактов; можно сложить несколько периодов."
    ),
    "say_nobody_bought": (
        "Мало данных: пока не купил никто — ни из {audience}, кому писали, ни из {held}, кому не писали."
    ),
    "say_everybody_bought": "Мало данных: купили все — и {audience}, кому писали, и {held}, кому не писали.",
    "say_sizes_do_not_match": (
        "Вывода нет: размеры групп не те, с какими их набирали (p {p}). В одной из групп контакты потерялись по дороге;"
        " пока не ясно где, разнице ниже верить нельзя."
    ),
    "say_nobody_held_out": (
        "Контрольной группы не было, поэтому узнать, что изменило письмо, нельзя. Купили {converted} из {audience},"
        " кому писали; часть из них купила бы и так."
    ),
    "say_nothing_sent": "Ещё ничего не отправлено, отчитываться не о чем.",
    "say_running": "Время цели идёт до {until}: цифры ещё вырастут.",
    "say_money_sure": "Это {value} выручки, которой без письма не было бы (с уверенностью 95 %: от {low} до {high}).",
    "say_money_unsure": "В деньгах это {value}, но возможно всё от {low} до {high}.",
    "say_cost": "Затраты — {cost}.",
    "codes": "Заказы с кодами из писем: {said}.",
    "codes_strangers": "Из них {count} — от тех, кому письмо не уходило.",
    "report": "Отчёт о кампании",
    "as_of": "на {moment}",
    "goal": "цель: покупка за {within} от начала",
    "goal_default": "цель: покупка за {within} от начала (не задана, взята обычная)",
    "periods_together": "периодов вместе: {count}, от {first} до {last}",
    "period": "Период",
    "arm": "Группа",
    "audience": "Контактов",
    "held_out": "Не писали",
    "letters_sent": "Отправлено писем",
    "sent": "Отправлено",
    "failed": "Не принято",
    "unknown": "Неизвестно",
    "bounced": "Вернулось",
    "complained": "Жалобы",
    "unsubscribed": "Отписались",
    "clicked": "Перешли",
    "opened": "Открыли",
    "opened_machine": "Машины",
    "converted": "Купили",
    "rate": "Доля",
    "interval": "95 % интервал",
    "p_value": "p",
    "difference": "Разница",
    "revenue": "Выручка",
    "per_contact": "На контакт",
    "points": "п. п.",
    "holdout": "без письма",
    "single_arm": "письмо",
    "all_letters": "все письма",
    "all_periods": "все периоды",
    "extra_buyers": "Новых покупок",
    "extra_revenue": "Новая выручка",
    "between_words": "от {low} до {high}",
    "against": "{one} против {other}",
    "cost": "Затраты",
    "cost_per_sale": "Цена покупки",
    "cost_per_extra": "за новую покупку",
    "net": "За вычетом затрат",
    "lift_title": "Что изменили письма",
    "lift_note": (
        "Получатели письма минус те, кому не писали; интервалы 95 %. Интервал, пересекающий черту, может быть случаен."
    ),
    "more_bought": "Купили, процентных пунктов",
    "more_money": "Выручка на контакт",
    "between_title": "Письмо против письма",
    "days_title": "Кто купил, день за днём",
    "days_note": "Доля купивших в каждой группе по дням от начала.",
    "day": "день {day}",
    "letters": "письма",
    "funnel_title": "От списка до кассы",
    "funnel_note": (
        "Открытия стоят последними: почтовые программы открывают письма сами, а настоящие открытия прячут."
    ),
    "numbers_title": "Все цифры",
    "periods_title": "Период за периодом",
    "left_out_title": "Не вошли",
    "opens_note": "Открыто людьми: {opened}, машинами: {machine}.",
    "counted_title": "Как считали",
    "counted_itt": (
        "По назначению: каждый, кто попал в группу, считается в ней, дошло письмо или нет; контрольная группа — по тому"
        " же правилу. Покупка — контакт, у которого за время цели есть хотя бы один оплаченный заказ."
    ),
    "counted_rates": (
        "Доли — с интервалом Уилсона, разности долей — Ньюкомба (1998, метод 10), разности средних — Уэлча; p долей —"
        " хи-квадрат «N−1» или критерий Фишера — Ирвина (Кэмпбелл, 2007)."
    ),
    "counted_pooled": "Периоды сложены с весами обратных дисперсий; контакт из нескольких периодов считается в каждом.",
    "counted_worth": (
        "Новая выручка — разница на контакт, умноженная на всех, кому писали; цена покупки — по всем их покупкам."
    ),
    "counted_balance": "Размеры групп те, с какими их набирали (p {p}).",
    "counted_no_balance": "Проверить, совпадают ли размеры групп с задуманными, не удалось.",
    "counted_mismatch": "Размеры групп не те, с какими их набирали (p {p}).",
    "counted_goals": "Цель в периодах была разной: {goals}.",
    "no_campaigns": "Ни одна кампания ещё не отправлялась.",
    "campaign": "Кампания",
    "periods": "Периодов",
    "verdict": "Вывод",
    "lift_short": "Прирост, п. п.",
    "suppressed": "в стоп-листе",
    "no_consent": "нет согласия",
    "no_address": "нет адреса",
    "duplicate": "повтор адреса",
    "capped": "уже получили достаточно писем",
    "outranked": "в кампании важнее",
    "excluded": "исключённый сегмент",
    "had_it": "уже получали",
    "handed_over": "переданы менеджерам",
    "unrenderable": "письмо не собралось",
}

LANGUAGES = {"en": ENGLISH, "ru": RUSSIAN}
