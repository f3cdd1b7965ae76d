package io.obd.tools;

import io.obd.registry.Digest;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code sha256:} and 64 hexadecimal digits. */
final class Sha256Converter implements ITypeConverter<Digest> {
    @Override
    public Digest convert(String value) {
        try {
            Digest digest = Digest.parse(value.toLowerCase(Locale.ROOT));
            if (digest.algorithm().equals("sha256")) {
                return digest;
            }
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
        throw new TypeConversionException("'" + value + "' is no sha256 digest");
    }
}
