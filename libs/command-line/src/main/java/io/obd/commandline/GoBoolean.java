package io.obd.commandline;

import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Values of flags that are on or off, in the forms that Go reads. */
public final class GoBoolean implements ITypeConverter<Boolean> {
    private GoBoolean() {}

    /** Has a command and those below it read them so. */
    public static CommandLine addTo(CommandLine command) {
        return command.registerConverter(boolean.class, new GoBoolean());
    }

    @Override
    public Boolean convert(String text) {
        return switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw new TypeConversionException("'" + text + "' is not a boolean");
        };
    }
}
