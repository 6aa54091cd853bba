using Berth.Runtime.Store;

namespace Berth.Runtime.Tests.Store;

public sealed class ResourceVersionsTests
{
    [Theory]
    [InlineData("9", "10", -1)]
    [InlineData("10", "9", 1)]
    [InlineData("10", "10", 0)]
    [InlineData("18446744073709551614", "18446744073709551615", -1)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "abd", null)]
    [InlineData("10", "abc", null)]
    [InlineData(null, "10", null)]
    [InlineData(null, null, 0)]
    [InlineData("+1", "2", null)]
    public void Compares_numbers_and_nothing_else(string? left, string? right, int? expected) =>
        Assert.Equal(expected, ResourceVersions.Compare(left, right));
}
