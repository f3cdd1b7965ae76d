package io.obd.tcmu.download;

import io.obd.registry.Digest;
import java.io.IOException;

/** All bytes of a layer came, but they are not those of the layer. */
final class WrongDigestException extends IOException {
    WrongDigestException(String name, Digest wanted, Digest found) {
        super(name + ": the bytes have the digest " + found + ", not " + wanted);
    }
}
