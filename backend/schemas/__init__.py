"""The wire, as marshmallow schemas: the contract is generated from them, unknown members are refused."""
