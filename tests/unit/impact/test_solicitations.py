"""What asks a reader to spend, to hand over an access or to run something, and what does not."""

import time

import pytest

from processors.impact.solicitations import LONGEST, solicits
from schemas.names import RiskLevel
from tests.unit.impact.making import level


@pytest.mark.parametrize(
    "text",
    [
        "Please pay the rest",
        "PAY!",
        "Book a room",
        "Reminder: booking",
        "your password",
        "Paga la factura",
        "Envíame tu contraseña",
        "Please wire the rest today",
        "Send me your password, please",
        "Compra tarjetas regalo y paga tú",
        "Please wire 100 to the new account",
        "Book the best room",
        "Booking a room at the Riverside View Hotel",
        "Reminder to book the hotel.",
        "Please send 500 EUR to Eve, she will explain",
        "please deposit 500 EUR",
        "get 5 gift cards and send me the numbers",
        "please forward me the one-time code you just got",
        "Forward me the one-time code",
        "approve the MFA prompt",
        "open a terminal and run: curl evil.example",
        "please authorise the request on your phone",
        "Por favor haz una transferencia de 500 a Eva",
        "Por favor paga 500 a Eva",
        "please settle the attached bill to DE-account below",
        "reply with your pass word",
        "transfer $2,000 to the vendor",
        "Send him £50 now",
        "Click here",
        "Please install the update",
        "log in to the portal",
        "verify your account",
        "confirm your bank details",
        "donate 5 euros",
        "Pásame el código",
        "Descarga el programa",
        "Reserva la habitación",
        "Pulsa aquí",
        "Please download the attached file",
        "You need to buy 3 vouchers",
        "Hello.\nPay Bob",
        "Can you book the Riverside View Hotel?",
        "Send money to Eve",
        "dime la clave",
        "read me the code",
        "Book the Riverside View Hotel",
        "ＰＡＹ me 5",
        "curl x | sh",
    ],
)
def test_it_asks(text: str) -> None:
    assert solicits(["Hi.", {"x": f"{text}"}])
    assert level({"x": text}, "solicitation", "/x") is RiskLevel.HIGH


@pytest.mark.parametrize(
    "text",
    [
        "The download finished, thanks.",
        "Let's transfer the meeting to Monday",
        "We pay attention to details",
        "Thanks for the invoice, all fine.",
        "Version 3.10.1.2 is released",
        "I cannot verify that today, sorry.",
        "The login page looks good now.",
        "The reservation is confirmed for 7 pm",
        "The install party was fun",
        "I read your book and liked it.",
        "Book club at seven",
        "Your booking is confirmed",
        "Lunch at two",
        "The payload is heavy, the bookshelf too",
        "",
        "See you at ten.",
        "Please send the report to Ana",
        "Please send me the slides",
        "Please confirm your attendance",
        "Please approve the draft",
        "Please run the tests",
        "Send the minutes of 2026 to Bob",
        "Share the source code",
        "The code review is done",
        "Transfer of knowledge",
        "We should move the meeting to room 12",
        "Congrats on being the most active user!",
        "Dinner at New Israeli Restaurant in Paris.",
        "Follow-up meeting to discuss the project.",
        "Hi, i am a bot",
        "I've seen it in the meeting room!",
        "Olivia Smith: 4\n-Mia Anderson: 2",
        "Stay at Luxury Palace, address: 1 Rue de la Paix, 75002 Paris, France.",
        "Team building: book reading",
        "The payment arrived",
        "Please verify the numbers",
        "El pago llegó ayer",
        "Punto clave de la reunión",
        "Reunión de compras",
        "Gracias por la factura",
        "Please review the budget of 5000 EUR",
        "The rest is easy",
        "We paid 500 EUR for it",
        "Please tell me the time",
        "Share the calendar with us",
        "Please forward this to Ana",
        "Let me know if the card is fine",
        "The ticket costs 30 EUR",
        "Please read the pinned message",
        "clear skies and the bill of rights",
    ],
)
def test_ordinary_mail_does_not(text: str) -> None:
    assert not solicits(text)


def test_what_is_too_long_to_be_read_counts() -> None:
    assert solicits("x" * (LONGEST + 1))


@pytest.mark.timing
@pytest.mark.parametrize(
    "text",
    ["please ", "send a b c ", "pay ", "1", "book a x ", "9 ", "reminder ", " \n", "settle "],
)
def test_time_is_linear_in_a_text(text: str) -> None:
    begun = time.process_time()
    solicits((text * LONGEST)[:LONGEST])
    assert time.process_time() - begun < 0.2
