"""What is a link, by a corpus of spellings; and what people say that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.chat.limits import ChatLimits
from streaming.chat.links import has_link

LINKS = """
http://example.com
https://example.com/path?x=1
HTTPS://EXAMPLE.COM
look at https://a.b
ftp://files.example.org/x
rtmp://live.example.com/app
https : // example . com
http:// example.com
hxxps://example.com
hxxp evil
mailto:bob@example.com
magnet:?xt=urn:btih:1
tg://resolve?domain=x
tg:join
www.example.com
WWW.example.anything
www . example . com
come to www.example
example.com
Example.COM
go to example.com now
(example.com)
"example.com"
example.com!
example.com.
example.com, really
visit:example.com
sub.domain.example.org
my-site.net
a1.io
twitch.tv
twitch.tv/somebody
youtu.be/abc
t.me/channel
discord.gg/abc
bit.ly
bit.ly/2x
example.co.uk
example.de
example.ru
example.cn
example.xyz
example.app
casino.live
free.money
best.casino
join.club
bob@example.com
example.com:8080
example.com:8080/x
example.me/x
example.in/sale
1.2.3.4:8080
10.0.0.1/admin
xn--e1afmkfd.xn--p1ai
see xn--80ak6aa92e.com
пример.com
例子.com
ｅｘａｍｐｌｅ．ｃｏｍ
example。com
example．com
example｡com
example․com
example·com
example•com
example・com
exam\u200bple.com
example\u200b.\u200bcom
exam\u00adple.com
ex\u2060ample.co\u2060m
e\u0301xample.com
ехаmрlе.com
example.сom
example.cοm
ℯxample.ⓒⓞⓜ
𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦
𝚎𝚡𝚊𝚖𝚙𝚕𝚎.𝚗𝚎𝚝
example dot com
example DOT com
go to example dot net please
example punkt com
example 点 com
example点com
example點com
example(dot)com
example[dot]com
example {dot} com
example [.] com
example(.)com
example<dot>com
example ( dot ) org
example . com
example .com
example. com
example . net
play at example . io
https:⁄⁄example.com
https://［::1］/
https://例子.测试
sip://x.y
whatsapp://send
check example.com/…
google.com/search
a.b.c.d.com
tinyurl.com/x
site.info
shop.biz
""".strip().splitlines()

NONE = """
hello
3.5
it costs 3.50 or 2.99
e.g. roses
i.e. this one
e.g
a.m. or p.m.
U.S.A.
version 1.2.3
1.2.3.4
v2.0
...
wait...what
ok.
Ok.I see
yes.no.maybe
hi.there
that was close.gg
nice one.gg wp
lol.it works
come.in
so.to say
I am done. net result is zero
Thanks. Comment allez-vous
dot your i
the dot is red
a dot
http is a protocol
https
and/or
he/she
1/2
24/7
10:30
score 3:2
:-)
:/
://
C++ and C#
node.js
main.py
Mr.Smith
J.R.R. Tolkien
好的。谢谢
你好。我来了
谢谢！太好了
早上8点开始
第3点
点赞
хорошо.со мной
привет.как дела
100.000 coins
$5.00
p.s. hi
etc.
www
www is short
@ann hello
#red
50%
комната.один
""".strip().splitlines()


@pytest.mark.parametrize("text", LINKS, ids=map(str, range(len(LINKS))))
def test_a_link_is_found_however_it_is_spelled(text: str) -> None:
    assert has_link(text), text


@pytest.mark.parametrize("text", NONE, ids=map(str, range(len(NONE))))
def test_what_is_no_link_may_be_said(text: str) -> None:
    assert not has_link(text), text


def test_the_corpus_has_a_hundred_spellings() -> None:
    assert len(set(LINKS)) >= 100


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert has_link(text) in (True, False)
    assert has_link(f"{text} https://example.com")


HOSTILE = ("a.", "a-", "a-a.", "-a.", "a.com-", ".com.-_", " . ", " ", "( ", "x dot ", "http", "1.", ".", "\ufdfa", "a")


@pytest.mark.parametrize("piece", HOSTILE, ids=map(str, range(len(HOSTILE))))
def test_a_text_of_many_times_the_allowed_length_is_judged_at_once(piece: str) -> None:
    """Where the work grows with the square of the length, it takes minutes here, and the suite's patience ends."""
    assert not has_link(piece * (200 * ChatLimits().length // len(piece)) + "!")
