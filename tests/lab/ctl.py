"""The elements of a card, read and set without a program: alsa-lib called from Python."""

import ctypes

asound = ctypes.CDLL("libasound.so.2")
for name in ("snd_ctl_elem_list_get_name", "snd_ctl_elem_value_get_bytes"):
    getattr(asound, name).restype = ctypes.c_void_p

# A union of 128 longs.
VALUE_BYTES = 1024


class Ctl:
    """An open ctl, for a `with` block."""

    def __init__(self, card):
        self.ctl = ctypes.c_void_p()
        assert asound.snd_ctl_open(ctypes.byref(self.ctl), f"hw:{card}".encode(), 0) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        asound.snd_ctl_close(self.ctl)

    def names(self):
        """The name of each element, by number."""
        elements = ctypes.c_void_p()
        asound.snd_ctl_elem_list_malloc(ctypes.byref(elements))
        asound.snd_ctl_elem_list_alloc_space(elements, 256)
        assert asound.snd_ctl_elem_list(self.ctl, elements) == 0
        found = {}
        for at in range(asound.snd_ctl_elem_list_get_used(elements)):
            number = asound.snd_ctl_elem_list_get_numid(elements, at)
            found[number] = ctypes.string_at(asound.snd_ctl_elem_list_get_name(elements, at)).decode()
        asound.snd_ctl_elem_list_free_space(elements)
        asound.snd_ctl_elem_list_free(elements)
        return found

    def _value(self, number):
        value = ctypes.c_void_p()
        asound.snd_ctl_elem_value_malloc(ctypes.byref(value))
        asound.snd_ctl_elem_value_set_numid(value, number)
        return value

    def values(self):
        """The name and the raw values of each element that can be read, by number."""
        found = {}
        for number, name in self.names().items():
            value = self._value(number)
            if asound.snd_ctl_elem_read(self.ctl, value) == 0:
                raw = ctypes.string_at(asound.snd_ctl_elem_value_get_bytes(value), VALUE_BYTES)
                found[number] = name, raw.rstrip(b"\0")
            asound.snd_ctl_elem_value_free(value)
        return found

    def state(self):
        """The names and values of all elements, without their numbers."""
        return sorted(self.values().values())

    def restore(self, values):
        """Sets the elements to what `values` returned, and removes those that are new."""
        for number in self.names():
            if number not in values:
                self.remove(number)
        for number, (_, raw) in values.items():
            value = self._value(number)
            ctypes.memmove(asound.snd_ctl_elem_value_get_bytes(value), raw.ljust(VALUE_BYTES, b"\0"), VALUE_BYTES)
            asound.snd_ctl_elem_write(self.ctl, value)
            asound.snd_ctl_elem_value_free(value)

    def set_integers(self, number, values):
        value = self._value(number)
        for at, one in enumerate(values):
            asound.snd_ctl_elem_value_set_integer(value, at, ctypes.c_long(one))
        assert asound.snd_ctl_elem_write(self.ctl, value) >= 0
        asound.snd_ctl_elem_value_free(value)

    def remove(self, number):
        element = ctypes.c_void_p()
        asound.snd_ctl_elem_id_malloc(ctypes.byref(element))
        asound.snd_ctl_elem_id_set_numid(element, number)
        asound.snd_ctl_elem_remove(self.ctl, element)
        asound.snd_ctl_elem_id_free(element)
