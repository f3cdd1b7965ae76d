package io.obd.nydusimage;

import io.obd.rafs.Digester;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Digesters by the names that options have for them. */
final class DigesterName implements ITypeConverter<Digester> {
    @Override
    public Digester convert(String name) {
        return Arrays.stream(Digester.values())
                .filter(digester -> digester.toString().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new TypeConversionException("'" + name + "' is none of " + Arrays.toString(Digester.values())));
    }
}
