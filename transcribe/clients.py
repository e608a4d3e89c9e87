"""Which client a request counts for."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from flask import Request

V6_HOST_BITS = 64  # one subscriber has that many addresses to choose from


def address_of(request: Request) -> str:
    """The client's address, TRUSTED_PROXIES counted; of IPv6 its network."""
    text = request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return text  # a Unix socket has none, and a proxy may name its clients otherwise
    if not isinstance(address, IPv6Address):
        return text
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, V6_HOST_BITS), strict=False))
