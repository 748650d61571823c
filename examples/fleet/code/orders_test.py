from orders import handler


def test_handler():
    assert handler(1, None) == {"orders": 1}
