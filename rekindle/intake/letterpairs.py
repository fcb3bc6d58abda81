"""Which 8-bit code page a text is in, judged by its pairs of letters.

A wrong Cyrillic page turns words into other Cyrillic letters, so counting letters does not help: what gives it away are
capitals inside words, letters of two scripts in one word, and pairs of letters that Russian hardly ever puts together.
"""

from __future__ import annotations

from functools import cache

CODE_PAGES = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "cp1252")
"""Candidates, the more usual first: it wins where two read a text alike."""

_USUAL_WORDS = """
анна мария елена ольга наталья ирина светлана татьяна екатерина юлия людмила галина вера надежда любовь ксения дарья
полина алина виктория валентина лариса жанна эльвира яна зоя софья алёна евгения александра маргарита марина нина
александр сергей дмитрий андрей алексей михаил николай владимир иван евгений игорь олег юрий павел виктор константин
максим денис артём роман фёдор пётр григорий василий станислав вячеслав тимофей лев илья кирилл антон эдуард жора
иванова петрова сидорова смирнов кузнецов попов васильев соколов михайлов новиков фёдоров морозов волков алексеев
лебедев семёнов егоров павлова козлова степанов николаева орлова андреева макаров никитин захаров зайцев соловьёв
борисов яковлев григорьев романовский чайковский шевченко щербакова цветков хохлов ющенко юдина эткинд якушев
александровна сергеевна дмитриевич андреевич алексеевна михайловна николаевич владимирович ивановна евгеньевна
москва санкт петербург новосибирск екатеринбург казань нижний новгород челябинск самара омск ростов уфа красноярск
воронеж пермь волгоград краснодар саратов тюмень тольятти ижевск барнаул иркутск хабаровск ярославль владивосток
область край республика улица проспект переулок дом квартира корпус город район общество ограниченной ответственностью
имя фамилия отчество телефон почта адрес компания организация должность источник ответственный менеджер комментарий
дата создания рождения изменения сделка заказ сумма бюджет этап статус товар количество цена скидка оплачен отменён
клиент контакт партнёр поставщик покупатель кондитер фотограф дизайнер мастер магазин студия кафе салон школа
и в не на что с по как это его но все она так от за из у же ты бы о только ещё для вот уже когда нет если или были при
который сказал время человек говорить сейчас можно очень этого здесь этот даже есть после того чтобы потом
свадебный торт десерты шоколад ваниль букет цветы подарок праздник день рождения съёмка портрет обжиг кофе чай
"""


@cache
def _usual_pairs() -> frozenset[str]:
    words = _USUAL_WORDS.split()
    return frozenset(word[i : i + 2] for word in words for i in range(len(word) - 1))


def likeliest_code_page(sample: bytes) -> str:
    """The code page in which `sample` (bytes that are not UTF-8) reads most like Russian or a western language."""
    scored = [(_score(text), -place, page) for place, page in enumerate(CODE_PAGES)
              if (text := _decoded(sample, page)) is not None]  # fmt: skip
    return max(scored)[2] if scored else CODE_PAGES[0]


def _decoded(sample: bytes, page: str) -> str | None:
    try:
        return sample.decode(page)
    except UnicodeDecodeError:
        return None


def _score(text: str) -> float:
    """Points per character beyond ASCII; the higher, the more it reads like a language."""
    foreign = sum(not character.isascii() for character in text)
    points = 0.0
    for left, right in zip(" " + text, text + " ", strict=True):
        if not (left.isascii() and right.isascii()):
            points += _pair(left, right)
    return points / max(foreign, 1)


def _pair(left: str, right: str) -> float:
    if not left.isalpha() or not right.isalpha():
        return _edge(left) + _edge(right)
    if _is_cyrillic(left) != _is_cyrillic(right):
        return -2.0
    if left.islower() and right.isupper():
        return -3.0
    if _is_cyrillic(left):
        return 1.0 if (left + right).lower() in _usual_pairs() else -1.0
    # western languages seldom put two accented letters side by side
    return 0.5 if left.isascii() or right.isascii() else -1.0


def _edge(character: str) -> float:
    """A lone character beyond ASCII: letters begin words, quotation marks are usual, boxes and signs are not."""
    if character.isascii() or character in "«»№“”„–—…’\xa0°":
        return 0.0
    return 0.1 if character.isalpha() else -2.0


def _is_cyrillic(character: str) -> bool:
    return "\u0400" <= character <= "\u04ff"
