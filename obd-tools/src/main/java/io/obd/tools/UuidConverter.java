package io.obd.tools;

import java.util.UUID;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A UUID in its usual text form. */
final class UuidConverter implements ITypeConverter<UUID> {
    /** {@link UUID#fromString} alone takes shorter groups too. */
    private static final Pattern TEXT = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    @Override
    public UUID convert(String value) {
        if (!TEXT.matcher(value).matches()) {
            throw new TypeConversionException("'" + value + "' is no UUID");
        }
        return UUID.fromString(value);
    }
}
