"""What the pages say, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the pages in one language; `{topic}` and `{firm}` are holes."""

    language: str
    quoted: str
    these_letters: str
    leave_title: str
    leave_lead: str
    leave_button: str
    leave_already: str
    everything_lead: str
    everything_button: str
    done_title: str
    done_lead: str
    done_all_title: str
    done_all_lead: str
    choose_link: str
    mind_link: str
    choose_title: str
    choose_lead: str
    choose_button: str
    saved: str
    saved_nothing: str
    lost_title: str
    lost_lead: str
    later_title: str
    later_lead: str
    large_title: str
    large_lead: str


ENGLISH = Words(
    language="en",
    quoted="“{text}”",
    these_letters="these letters",
    leave_title="Stop these letters?",
    leave_lead="You are getting {topic} from {firm}. Press the button and they stop.",
    leave_button="Unsubscribe",
    leave_already="You no longer get {topic} from {firm}. Nothing more needs doing.",
    everything_lead="Or if you would rather not hear from us at all:",
    everything_button="Stop all letters",
    done_title="You are unsubscribed",
    done_lead="We will not send you {topic} any more.",
    done_all_title="No more letters",
    done_all_lead="We will not write to you any more, about anything.",
    choose_link="Choose what you get",
    mind_link="Pressed by mistake? Choose what you get",
    choose_title="What may we write about?",
    choose_lead="Tick what you would like to get from {firm}. The rest will not come.",
    choose_button="Save",
    saved="Saved. This is what you get from now on.",
    saved_nothing="Saved. We will not write to you any more.",
    lost_title="This link does not work",
    lost_lead="It may have been cut off on its way. Please open it from the letter once more,"
    " or simply answer the letter and a person will help.",
    later_title="One moment, please",
    later_lead="We could not do this just now. Please try again in a minute.",
    large_title="That was too much",
    large_lead="What was sent is larger than this page can take.",
)

RUSSIAN = Words(
    language="ru",
    quoted="«{text}»",
    these_letters="письма этой рассылки",
    leave_title="Больше не присылать?",
    leave_lead="Вы получаете {topic}. Нажмите кнопку, и этих писем больше не будет.",
    leave_button="Отписаться",
    leave_already="Вы уже отписаны: {topic}. Ничего делать не нужно.",
    everything_lead="А если не хотите получать от нас ничего:",
    everything_button="Отписаться от всех писем",
    done_title="Вы отписались",
    done_lead="Больше не пришлём {topic}.",
    done_all_title="Писем больше не будет",
    done_all_lead="Мы не станем вам писать ни о чём.",
    choose_link="Выбрать, о чём вам писать",
    mind_link="Нажали случайно? Выберите, о чём вам писать",
    choose_title="О чём вам писать?",
    choose_lead="Отметьте то, что хотите получать. Остальное приходить не будет.",
    choose_button="Сохранить",
    saved="Сохранено. Теперь вы получаете только отмеченное.",
    saved_nothing="Сохранено. Мы больше не будем вам писать.",
    lost_title="Эта ссылка не работает",
    lost_lead="Возможно, она оборвалась по дороге. Откройте её из письма ещё раз"
    " или просто ответьте на письмо, и вам поможет человек.",
    later_title="Минуту, пожалуйста",
    later_lead="Сейчас не получилось. Попробуйте ещё раз через минуту.",
    large_title="Это слишком много",
    large_lead="Присланное больше, чем может принять эта страница.",
)


def words_for(locale: str, fallback: str) -> Words:
    """The words for a contact's `locale` (`ru`, `ru_RU`, `ru-RU`), else for the workspace's; English for others."""
    language = (locale or fallback).replace("-", "_").partition("_")[0].strip().lower()
    return RUSSIAN if language == "ru" else ENGLISH
