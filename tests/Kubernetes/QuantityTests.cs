using System.Globalization;
using System.Text.Json;

namespace Berth.Kubernetes.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("1", "1")]
    [InlineData("+7", "7")]
    [InlineData("-3", "-3")]
    [InlineData("1.5", "1.5")]
    [InlineData("1.", "1")]
    [InlineData(".5", "0.5")]
    [InlineData("500m", "0.5")]
    [InlineData("250u", "0.00025")]
    [InlineData("3n", "0.000000003")]
    [InlineData("2k", "2000")]
    [InlineData("2M", "2000000")]
    [InlineData("2G", "2000000000")]
    [InlineData("2T", "2000000000000")]
    [InlineData("2P", "2000000000000000")]
    [InlineData("2E", "2000000000000000000")]
    [InlineData("1Ki", "1024")]
    [InlineData("512Mi", "536870912")]
    [InlineData("2Gi", "2147483648")]
    [InlineData("1.5Gi", "1610612736")]
    [InlineData("1Ti", "1099511627776")]
    [InlineData("1Pi", "1125899906842624")]
    [InlineData("8Ei", "9223372036854775808")]
    [InlineData("1e3", "1000")]
    [InlineData("1E3", "1000")]
    [InlineData("1e+3", "1000")]
    [InlineData("25e-1", "2.5")]
    public void Reads_what_the_API_server_reads(string text, string value)
    {
        var quantity = Quantity.Parse(text);

        Assert.Equal(decimal.Parse(value, CultureInfo.InvariantCulture), quantity.Value);
        Assert.Equal(text, quantity.ToString());
        Assert.True(quantity.IsValid);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1 Gi")]
    [InlineData("Gi")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData("--1")]
    [InlineData("1-")]
    [InlineData("(1)")]
    [InlineData("1,5")]
    [InlineData("1_000")]
    [InlineData("0x10")]
    [InlineData("1gi")]
    [InlineData("1K")]
    [InlineData("1ki")]
    [InlineData("1GiB")]
    [InlineData("1Gi\n")]
    [InlineData("1\0")]
    [InlineData("1e3Ki")]
    [InlineData("1e")]
    [InlineData("e3")]
    [InlineData("1e99")]
    [InlineData("99999999999999999999999999999E")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("١")]
    [InlineData("11111111111111111111111111111111111111111111111111111111111111111")]
    public void Refuses_what_is_no_quantity(string? text)
    {
        Assert.False(Quantity.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Quantity.Parse(text!));
    }

    [Theory]
    [InlineData("100m", 1, 100)]
    [InlineData("1.5", 2, 1500)]
    [InlineData("1n", 1, 1)]
    [InlineData("-1.5", -1, -1500)]
    [InlineData("9Ei", long.MaxValue, long.MaxValue)]
    [InlineData("9223372036854775807", long.MaxValue, long.MaxValue)]
    [InlineData("-20E", long.MinValue, long.MinValue)]
    [InlineData("79228162514264337593543950335", long.MaxValue, long.MaxValue)]
    [InlineData("-79228162514264337593543950335", long.MinValue, long.MinValue)]
    public void Whole_numbers_are_rounded_up_and_saturate(string text, long whole, long milli)
    {
        Assert.Equal(whole, Quantity.Parse(text).ToInt64());
        Assert.Equal(milli, Quantity.Parse(text).ToMilli());
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(1023, "1023")]
    [InlineData(1024, "1Ki")]
    [InlineData(1025, "1025")]
    [InlineData(536870912, "512Mi")]
    [InlineData(1L << 50, "1Pi")]
    [InlineData(1L << 60, "1024Pi")]
    [InlineData(long.MaxValue, "9223372036854775807")]
    [InlineData(-2048, "-2Ki")]
    public void Bytes_are_written_with_the_largest_exact_suffix(long bytes, string text)
    {
        var quantity = Quantity.FromBytes(bytes);

        Assert.Equal(text, quantity.ToString());
        Assert.Equal(bytes, quantity.ToInt64());
        Assert.Equal(quantity, Quantity.Parse(text));
    }

    [Theory]
    [InlineData(200, "200m")]
    [InlineData(1000, "1")]
    [InlineData(1500, "1500m")]
    [InlineData(0, "0")]
    public void Thousandths_are_written_as_Kubernetes_writes_them(long milli, string text)
    {
        Assert.Equal(text, Quantity.FromMilli(milli).ToString());
        Assert.Equal(milli, Quantity.FromMilli(milli).ToMilli());
    }

    [Fact]
    public void Quantities_compare_by_value_and_not_by_text()
    {
        Assert.Equal(Quantity.Parse("1Gi"), Quantity.Parse("1024Mi"));
        Assert.Equal(Quantity.Parse("1Gi").GetHashCode(), Quantity.Parse("1024Mi").GetHashCode());
        Assert.True(Quantity.Parse("1G") < Quantity.Parse("1Gi"));
        Assert.True(Quantity.Parse("2") >= Quantity.Parse("2.0"));
        Assert.True(Quantity.Parse("1m") != Quantity.Parse("1"));
        Assert.Equal("0", default(Quantity).ToString());
    }

    [Theory]
    [InlineData("\"2Gi\"", "2Gi")]
    [InlineData("1073741824", "1073741824")]
    [InlineData("0.5", "0.5")]
    public void JSON_strings_and_numbers_are_read_and_written_as_strings(string json, string text)
    {
        var quantity = JsonSerializer.Deserialize<Quantity>(json);

        Assert.True(quantity.IsValid);
        Assert.Equal($"\"{text}\"", JsonSerializer.Serialize(quantity));
    }

    [Theory]
    [InlineData("\"lots\"", "lots")]
    [InlineData("\"\"", "")]
    [InlineData("1e300", "1e300")]
    [InlineData("-1e-9999", null)]
    public void A_text_that_is_no_quantity_is_kept_and_told_so_that_its_list_can_be_read(string json, string? text)
    {
        var list = JsonSerializer.Deserialize<List<Quantity>>($"[\"1Gi\",{json}]")!;

        Assert.Equal(Quantity.Parse("1Gi"), list[0]);
        Assert.Equal(0, list[1].Value);
        if (text is not null)
        {
            Assert.False(list[1].IsValid);
            Assert.Equal(text, list[1].ToString());
            Assert.NotEqual(default, list[1]);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("true")]
    public void What_is_neither_string_nor_number_is_no_quantity(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Quantity>(json));

    [Fact]
    public void Random_text_never_throws_and_what_is_read_is_read_again_the_same()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        const string Alphabet = "0123456789.+-eEKMGTPinumk \0٣x";
        for (var round = 0; round < 50_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            if (Quantity.TryParse(text, out var quantity))
            {
                Assert.True(quantity == Quantity.Parse(quantity.ToString()), $"seed {seed}: {text}");
                _ = quantity.ToInt64() + quantity.ToMilli();
            }
        }
    }
}
