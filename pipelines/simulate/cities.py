"""City-networks: where the clients of the internet-facing services are, and through which provider they come.

Coordinates are those of the cities; the providers are invented and their autonomous system numbers are from the range
for private use (RFC 6996), so none can be mistaken for a real operator.
"""

from dataclasses import dataclass

FIRST_PRIVATE_ASN = 64512


@dataclass(frozen=True)
class City:
    """One city-network.

    `octet` begins its IPv4 addresses, `region` serves it, `weight` is its share of all traffic before normalising,
    `rtt_ms` its usual median round trip.
    """

    city: str
    subdivision: str
    subdivision_code: str
    country: str
    country_code: str
    latitude: float
    longitude: float
    network: str
    asn: int
    octet: int
    region: str
    weight: float
    rtt_ms: float


_TABLE = """\
New York|New York|NY|United States|US|40.71|-74.01|Hudson Cable|24|us-east-1|9.0|12
Newark|New Jersey|NJ|United States|US|40.74|-74.17|Garden Fiber|68|us-east-1|4.0|11
Boston|Massachusetts|MA|United States|US|42.36|-71.06|Bay Broadband|71|us-east-1|4.0|17
Philadelphia|Pennsylvania|PA|United States|US|39.95|-75.17|Keystone Net|73|us-east-1|3.5|10
Washington|District of Columbia|DC|United States|US|38.91|-77.04|Capitol Online|96|us-east-1|3.5|5
Atlanta|Georgia|GA|United States|US|33.75|-84.39|Peachtree Telecom|98|us-east-1|3.5|19
Miami|Florida|FL|United States|US|25.76|-80.19|Biscayne Cable|99|us-east-1|3.0|28
Chicago|Illinois|IL|United States|US|41.88|-87.63|Lakeshore Net|67|us-east-1|4.5|21
Dallas|Texas|TX|United States|US|32.78|-96.8|Lone Star Fiber|70|us-east-1|3.5|33
Houston|Texas|TX|United States|US|29.76|-95.37|Bayou Telecom|76|us-east-1|2.5|37
Denver|Colorado|CO|United States|US|39.74|-104.99|Front Range Net|75|us-east-1|2.0|42
Phoenix|Arizona|AZ|United States|US|33.45|-112.07|Saguaro Cable|72|us-east-1|1.8|55
Los Angeles|California|CA|United States|US|34.05|-118.24|Pacific Cable|47|us-east-1|4.0|62
San Francisco|California|CA|United States|US|37.77|-122.42|Golden Gate IP|50|us-east-1|3.0|66
Seattle|Washington|WA|United States|US|47.61|-122.33|Rainier Net|63|us-east-1|2.0|63
Toronto|Ontario|ON|Canada|CA|43.65|-79.38|Maple Telecom|99|us-east-1|2.5|22
Montreal|Quebec|QC|Canada|CA|45.5|-73.57|Saint Laurent Net|70|us-east-1|1.5|20
Vancouver|British Columbia|BC|Canada|CA|49.28|-123.12|Coast Fibre|75|us-east-1|1.0|70
Mexico City|Mexico City|CMX|Mexico|MX|19.43|-99.13|Anahuac Red|189|us-east-1|1.2|61
Bogota|Bogota D.C.|DC|Colombia|CO|4.71|-74.07|Andina Cable|190|us-east-1|0.7|72
Sao Paulo|Sao Paulo|SP|Brazil|BR|-23.55|-46.63|Paulista Fibra|177|us-east-1|1.6|118
Buenos Aires|Buenos Aires|C|Argentina|AR|-34.6|-58.38|Plata Net|181|us-east-1|0.7|142
London|England|ENG|United Kingdom|GB|51.51|-0.13|Thames Broadband|86|eu-west-1|5.0|14
Manchester|England|ENG|United Kingdom|GB|53.48|-2.24|Northern Fibre|82|eu-west-1|1.6|15
Dublin|Leinster|L|Ireland|IE|53.35|-6.26|Liffey Net|89|eu-west-1|2.2|4
Paris|Ile-de-France|IDF|France|FR|48.86|2.35|Seine Telecom|90|eu-west-1|3.2|21
Lyon|Auvergne-Rhone-Alpes|ARA|France|FR|45.76|4.84|Rhone Fibre|92|eu-west-1|1.0|27
Madrid|Madrid|MD|Spain|ES|40.42|-3.7|Meseta Red|83|eu-west-1|1.5|35
Lisbon|Lisboa|11|Portugal|PT|38.72|-9.14|Tejo Cabo|85|eu-west-1|0.8|41
Amsterdam|North Holland|NH|Netherlands|NL|52.37|4.9|Polder Glas|77|eu-west-1|1.8|18
Frankfurt|Hesse|HE|Germany|DE|50.11|8.68|Main Netz|79|eu-west-1|2.2|24
Berlin|Berlin|BE|Germany|DE|52.52|13.4|Spree Kabel|91|eu-west-1|1.8|30
Milan|Lombardy|25|Italy|IT|45.46|9.19|Lombarda Rete|93|eu-west-1|1.4|33
Stockholm|Stockholm|AB|Sweden|SE|59.33|18.07|Malaren Bredband|81|eu-west-1|1.0|38
Warsaw|Mazovia|14|Poland|PL|52.23|21.01|Wisla Net|87|eu-west-1|1.1|42
Lagos|Lagos|LA|Nigeria|NG|6.52|3.38|Lagoon Mobile|105|eu-west-1|0.5|98
Dubai|Dubai|DU|United Arab Emirates|AE|25.2|55.27|Gulf Online|94|eu-west-1|0.6|112
Mumbai|Maharashtra|MH|India|IN|19.08|72.88|Konkan Broadband|103|eu-west-1|1.2|124
Singapore|Singapore|SG|Singapore|SG|1.35|103.82|Straits Net|116|eu-west-1|0.8|178
Tokyo|Tokyo|13|Japan|JP|35.68|139.69|Edo Hikari|126|us-east-1|0.9|158
Sydney|New South Wales|NSW|Australia|AU|-33.87|151.21|Harbour Net|101|us-east-1|0.8|198
"""


def _city(order: int, line: str) -> City:
    city, subdivision, code, country, country_code, latitude, longitude, network, octet, region, weight, rtt = (
        line.split("|")
    )
    return City(
        city=city,
        subdivision=subdivision,
        subdivision_code=code,
        country=country,
        country_code=country_code,
        latitude=float(latitude),
        longitude=float(longitude),
        network=network,
        asn=FIRST_PRIVATE_ASN + order,
        octet=int(octet),
        region=region,
        weight=float(weight),
        rtt_ms=float(rtt),
    )


CITIES = tuple(_city(order, line) for order, line in enumerate(_TABLE.splitlines()))
